package filestore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"umqtt/client"
	"umqtt/client/filestore"
)

// A gateway that publishes what it has stored, whatever becomes of it in between.
func Example() {
	dir, err := os.MkdirTemp("", "gateway")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	outbox := filepath.Join(dir, "outbox")

	// The first process gets no PUBACK and ends.
	store, err := filestore.Open(outbox, filestore.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	c, _ := connect(store, nil)
	err = c.Publish(context.Background(), []byte("door"), []byte("open"), 1, false)
	var pending *client.PendingError
	fmt.Println("pending:", errors.As(err, &pending))
	_ = store.Close()

	// The next one sends the message again when it connects.
	store, err = filestore.Open(outbox, filestore.Options{Sync: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	fmt.Println("kept:", store.Len())
	_, server := connect(store, nil)
	for _, p := range server.got {
		fmt.Printf("sent again: %s %s dup=%v\n", p.Topic, p.Payload, p.Dup)
	}
	// Output:
	// pending: true
	// kept: 1
	// sent again: door open dup=true
}
