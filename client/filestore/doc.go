// Package filestore keeps a client's unacknowledged QoS 1 messages in a file, as
// the Store of its Config, so that they survive the end of the process:
//
//	store, err := filestore.Open("/var/lib/gw/outbox", filestore.Options{})
//	...
//	defer store.Close()
//	c, err := client.New(client.Config{Addr: "broker.lan", ClientID: "gw-1", Store: store})
//	...
//	_, err = c.Connect(ctx, false) // sends again what the last process left
//
// # What it promises
//
// A message whose Put has returned is in the file, before a byte of it is sent,
// until its Delete. That holds when the process is killed at any point (kill -9, a
// crash, the file system full): a record written in part is the end of the file
// and is cut off by the next Open.
//
// On a full disk Put fails, and the message is neither kept nor sent. Delete and Clear
// need no space: what a Delete cannot write is written with the next record that has
// room, and a file that has nothing left to keep is cut short.
//
// Each record has checksums. What is damaged and has no record behind it was being
// written, whatever parts of it are there. Damage with a record behind it is not
// passed over in silence: Open fails with a [*CorruptError].
//
// # When the power fails
//
// With Options.Sync, Put and Clear wait until the disk has what they wrote, as far as
// the system and the disk tell the truth about it; and the Open that makes the file,
// or a Put or Delete that writes it anew, waits for its name in its folder. On Windows
// there is nothing to wait for a name with. The names of the folders above are not
// waited for.
//
// Delete waits only where the file is written anew or cut short: a message whose Delete
// is lost is sent once more, which QoS 1 allows. If the power fails while a Put waits,
// and the disk has written the beginning of its record but not a Delete before it, that
// shows as damage: all messages whose Put has returned are before the Offset of the
// CorruptError.
//
// Without Options.Sync the system may keep back what was written, some thirty seconds
// on Linux. A power failure or a crash of the system itself can cost the last
// messages, and show as damage if later records have reached the disk and earlier ones
// have not.
//
// # What it costs
//
// One write a Put, one a Delete, and no allocation once its buffer has grown; that stays
// as large as the largest packet. When the file holds more than 64 KiB, and more than
// four times what is kept, it is written anew beside itself, synced whatever the
// options, and renamed. In memory there are 24 bytes a message.
//
// # The lock
//
// A file belongs to one Store at a time. On Linux, macOS and the BSDs, Open refuses
// one that another process or another Store has open, by whatever path or symbolic
// link, but for a hard link. The lock (flock) is on a file beside it whose name ends
// in ".lock" and that stays there; it ends with the process, however that ends. On
// other systems, Windows among them, there is no lock: that is the caller's to see to.
//
// # The file
//
// It begins with the line "umqtt filestore 1". The records follow, numbers with
// the most significant byte first:
//
//	1 byte   what: 1 put, 2 delete, 3 clear
//	2 bytes  the packet identifier, 0 with clear
//	4 bytes  the length of the packet, 0 but with put
//	4 bytes  CRC-32C of the seven bytes above
//	n bytes  the packet
//	4 bytes  CRC-32C of the packet, only with put
package filestore
