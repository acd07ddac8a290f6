// SPDX-License-Identifier: Apache-2.0

// Command judge answers questions about a log with other people's code: a JSON object a line in, one a line out. It says {"ok":true}, or {"ok":false} and why.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/transparency-dev/formats/log"
	cosigned "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/formats/proof"
	"github.com/transparency-dev/tessera"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// question is the union of what may be asked; []byte is base64 in JSON.
type question struct {
	Kind    string   `json:"kind"`
	Note    string   `json:"note"`
	Vkey    string   `json:"vkey"`
	Witness string   `json:"witness"`
	Policy  string   `json:"policy"`
	Proof   string   `json:"proof"`
	Entry   []byte   `json:"entry"`
	Index   int64    `json:"index"`
	Size    int64    `json:"size"`
	Root    []byte   `json:"root"`
	From    int64    `json:"from"`
	Old     []byte   `json:"fromRoot"`
	Hashes  [][]byte `json:"hashes"`
}

type answer struct {
	OK    bool   `json:"ok"`
	Error string `json:"error,omitempty"`
	Size  uint64 `json:"size,omitempty"`
	Root  []byte `json:"root,omitempty"`
	// Seconds since 1970 of a cosignature.
	Time int64 `json:"time,omitempty"`
}

const longestLine = 16 << 20

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, longestLine)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked question
		err := json.Unmarshal(lines.Bytes(), &asked)
		var given answer
		if err == nil {
			given, err = judge(asked)
		}
		if given.OK = err == nil; err != nil {
			given = answer{Error: err.Error()}
		}
		if err := out.Encode(given); err != nil {
			fail(err)
		}
	}
	if err := lines.Err(); err != nil {
		fail(err)
	}
}

func judge(q question) (answer, error) {
	switch q.Kind {
	case "checkpoint":
		return checkpoint(q)
	case "cosigned":
		return cosignature(q)
	case "policy":
		return answer{}, satisfies(q)
	case "proof":
		return answer{}, proofFile(q)
	case "inclusion":
		return answer{}, tlog.CheckRecord(hashes(q.Hashes), q.Size, hash(q.Root), q.Index, tlog.RecordHash(q.Entry))
	case "consistency":
		return answer{}, tlog.CheckTree(hashes(q.Hashes), q.Size, hash(q.Root), q.From, hash(q.Old))
	}
	return answer{}, fmt.Errorf("unknown kind %q", q.Kind)
}

// checkpoint opens the note twice: as sumdb does, and as the C2SP checkpoint that sumdb's own ParseTree does not know.
func checkpoint(q question) (answer, error) {
	verifier, err := note.NewVerifier(q.Vkey)
	if err != nil {
		return answer{}, err
	}
	if _, err := note.Open([]byte(q.Note), note.VerifierList(verifier)); err != nil {
		return answer{}, err
	}
	parsed, _, _, err := log.ParseCheckpoint([]byte(q.Note), verifier.Name(), verifier)
	if err != nil {
		return answer{}, err
	}
	return answer{Size: parsed.Size, Root: parsed.Hash}, nil
}

func cosignature(q question) (answer, error) {
	verifier, err := cosigned.NewVerifierForCosignatureV1(q.Witness)
	if err != nil {
		return answer{}, err
	}
	opened, err := note.Open([]byte(q.Note), note.VerifierList(verifier))
	if err != nil {
		return answer{}, err
	}
	at, err := cosigned.CoSigV1Timestamp(opened.Sigs[0])
	return answer{Time: at.Unix()}, err
}

func satisfies(q question) error {
	group, err := tessera.NewWitnessGroupFromPolicy([]byte(q.Policy))
	if err == nil && !group.Satisfied([]byte(q.Note)) {
		err = errors.New("the policy is not satisfied")
	}
	return err
}

func proofFile(q question) error {
	var file proof.TLogProof
	if err := file.Unmarshal([]byte(q.Proof)); err != nil {
		return err
	}
	checked, err := checkpoint(question{Note: string(file.Checkpoint), Vkey: q.Vkey})
	if err != nil {
		return err
	}
	var path tlog.RecordProof
	for _, step := range file.Hashes {
		path = append(path, tlog.Hash(step))
	}
	return tlog.CheckRecord(path, int64(checked.Size), hash(checked.Root), int64(file.Index), tlog.RecordHash(q.Entry))
}

func hashes(list [][]byte) []tlog.Hash {
	made := make([]tlog.Hash, 0, len(list))
	for _, bytes := range list {
		made = append(made, hash(bytes))
	}
	return made
}

func hash(bytes []byte) (made tlog.Hash) {
	copy(made[:], bytes)
	return made
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
