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
// A message is in the file from the return of its Put, before a byte of it is sent,
// until its Delete. This holds when the process is killed at any point (kill -9, a
// crash) and when the file system is full: a partly written record is at the end of the
// file, and the next Open cuts it off.
//
// On a full disk Put fails, and the message is neither kept nor sent. Delete and Clear
// need no space: a Delete that cannot be written is written with the next record that
// fits, and a file without messages is truncated.
//
// Each record has checksums. A damaged record with no record after it counts as partly
// written. A damaged record with a record after it is an error: Open fails with a
// [*CorruptError].
//
// # When the power fails
//
// With Options.Sync, Put and Clear wait until their record is on the disk, as far as
// the system and the disk report this correctly. An Open that creates the file, and a
// Put or Delete that rewrites it, also sync the folder of the file, but not the folders
// above. On Windows folders are not synced.
//
// Delete waits only when it rewrites or truncates the file: a message whose Delete is
// lost is sent once more, which QoS 1 allows. If the power fails during a Put, the disk
// may have written a part of its record but not an earlier Delete. Open then fails with
// a CorruptError: all messages whose Put has returned are before its Offset.
//
// Without Options.Sync the system writes to the disk later, on Linux after some thirty
// seconds. A power failure or a crash of the system can lose the last messages. Open
// fails with a CorruptError if later records have reached the disk and earlier ones
// have not.
//
// # What it costs
//
// Put and Delete make one write each, and allocate nothing once the buffer has the size
// of the largest packet. When the file is larger than 64 KiB and more than four times
// as large as the kept messages, they are written to a new file, which is always synced
// and then renamed to the file. In memory a message takes 24 bytes.
//
// # The lock
//
// Only one Store may use a file at a time. On Linux, macOS and the BSDs, Open fails
// with ErrLocked for a file that another Store, of this process or another, has open.
// Paths and symbolic links are resolved; hard links are not recognised. The lock is a
// flock on a file with the suffix ".lock" in the same folder. This file stays there;
// the lock ends with the process. On other systems, Windows among them, there is no
// lock, and the caller must ensure this.
//
// # The file
//
// It begins with the line "umqtt filestore 1". The records follow, with numbers in
// big-endian order:
//
//	1 byte   what: 1 put, 2 delete, 3 clear
//	2 bytes  the packet identifier, 0 with clear
//	4 bytes  the length of the packet, 0 but with put
//	4 bytes  CRC-32C of the seven bytes above
//	n bytes  the packet
//	4 bytes  CRC-32C of the packet, only with put
package filestore
