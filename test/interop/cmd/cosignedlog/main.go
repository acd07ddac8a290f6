// SPDX-License-Identifier: Apache-2.0

// Command cosignedlog writes a log with Tessera's POSIX driver that publishes no checkpoint before its witnesses have cosigned it. It prints its
// verifier key as the first line, reads a policy (C2SP tlog-policy) from standard input, and prints the checkpoint it ends with.
package main

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

func main() {
	directory := flag.String("dir", "", "folder of the log")
	rounds := flag.Int("rounds", 3, "checkpoints, with 300 entries before each")
	flag.Parse()
	if err := run(*directory, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(directory string, rounds int) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	secret, vkey, err := note.GenerateKey(rand.Reader, "tessera.example/log")
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return err
	}
	fmt.Println(vkey)
	policy, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	witnesses, err := tessera.NewWitnessGroupFromPolicy(policy)
	if err != nil {
		return err
	}
	driver, err := posix.New(ctx, posix.Config{Path: directory})
	if err != nil {
		return err
	}
	options := tessera.NewAppendOptions().WithCheckpointSigner(signer).WithCheckpointInterval(200*time.Millisecond).
		WithWitnesses(witnesses, &tessera.WitnessOptions{Timeout: 20 * time.Second})
	appender, shutdown, reader, err := tessera.NewAppender(ctx, driver, options)
	if err != nil {
		return err
	}
	awaiter := tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, 50*time.Millisecond)
	var checkpoint []byte
	for round := range rounds {
		var last tessera.IndexFuture
		for i := range 300 {
			last = appender.Add(ctx, tessera.NewEntry(fmt.Appendf(nil, "entry %d of round %d", i, round)))
		}
		// It waits until a checkpoint that covers the entry is published.
		if _, checkpoint, err = awaiter.Await(ctx, last); err != nil {
			return err
		}
	}
	fmt.Printf("%s", checkpoint)
	return shutdown(ctx)
}
