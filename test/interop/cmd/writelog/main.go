// SPDX-License-Identifier: Apache-2.0

// Command writelog writes a log with Tessera's POSIX driver: durability, batches and checkpoints as Tessera has them by default, no deduplication.
// It prints its verifier key and how long the entries took until their index was durable, as one JSON object.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

type report struct {
	Vkey             string  `json:"vkey"`
	EntriesPerSecond float64 `json:"entriesPerSecond"`
	P50Ms            float64 `json:"p50Ms"`
	P99Ms            float64 `json:"p99Ms"`
}

func main() {
	directory := flag.String("dir", "", "folder of the log")
	name := flag.String("name", "tessera.example/log", "name of its key")
	entries := flag.Int("entries", 1000, "how many")
	bytes := flag.Int("bytes", 64, "length of each")
	inFlight := flag.Int("in-flight", 256, "how many wait at the same time")
	interval := flag.Duration("checkpoint-interval", tessera.DefaultCheckpointInterval, "how often a checkpoint is signed")
	flag.Parse()
	if err := run(*directory, *name, *entries, *bytes, *inFlight, *interval); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(directory, name string, entries, bytes, inFlight int, interval time.Duration) error {
	ctx := context.Background()
	secret, vkey, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return err
	}
	driver, err := posix.New(ctx, posix.Config{Path: directory})
	if err != nil {
		return err
	}
	options := tessera.NewAppendOptions().WithCheckpointSigner(signer).WithCheckpointInterval(interval)
	appender, shutdown, _, err := tessera.NewAppender(ctx, driver, options)
	if err != nil {
		return err
	}
	started := time.Now()
	waits, err := appendAll(ctx, appender, entries, bytes, inFlight)
	if err != nil {
		return err
	}
	seconds := time.Since(started).Seconds()
	// It waits for a checkpoint that covers every entry.
	if err := shutdown(ctx); err != nil {
		return err
	}
	slices.Sort(waits)
	at := func(part float64) float64 { return float64(waits[int(part*float64(len(waits)))].Microseconds()) / 1000 }
	return json.NewEncoder(os.Stdout).Encode(report{vkey, float64(entries) / seconds, at(0.5), at(0.99)})
}

// appendAll keeps inFlight entries waiting and gives the wait of each.
func appendAll(ctx context.Context, appender *tessera.Appender, entries, bytes, inFlight int) ([]time.Duration, error) {
	waits := make([]time.Duration, entries)
	failures := make([]error, inFlight)
	var next atomic.Int64
	var workers sync.WaitGroup
	for worker := range inFlight {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for i := int(next.Add(1)) - 1; i < entries && failures[worker] == nil; i = int(next.Add(1)) - 1 {
				asked := time.Now()
				_, failures[worker] = appender.Add(ctx, tessera.NewEntry(entry(i, bytes)))()
				waits[i] = time.Since(asked)
			}
		}()
	}
	workers.Wait()
	for _, err := range failures {
		if err != nil {
			return nil, err
		}
	}
	return waits, nil
}

// entry is "entry i", filled with zero bytes.
func entry(i, length int) []byte {
	made := make([]byte, length)
	copy(made, fmt.Sprintf("entry %d", i))
	return made
}
