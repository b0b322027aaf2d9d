// Verify a served log with golang.org/x/mod/sumdb, which nobody here wrote.
//
//	verify ADDRESS LOG-KEY [WITNESS-KEY ...]
//
// Checks the signature and the cosignatures of the checkpoint, every leaf, every tile, a proof of every leaf as served, and that
// every smaller tree is a beginning of this one. Prints what it verified; ends with 1 at the first thing that is wrong.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const width = 256

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Println("not verified:", err)
		os.Exit(1)
	}
	return value
}

func check(ok bool, what string, values ...any) {
	if !ok {
		must(0, fmt.Errorf(what, values...))
	}
}

func get(path string) []byte {
	answer := must(http.Get(os.Args[1] + path))
	defer answer.Body.Close()
	check(answer.StatusCode == 200, "%s: status %d", path, answer.StatusCode)
	return must(io.ReadAll(answer.Body))
}

// witness verifies cosignature/v1, key type 0x04: the time and the text are signed.
type witness struct {
	name string
	id   uint32
	key  ed25519.PublicKey
}

func (w witness) Name() string    { return w.name }
func (w witness) KeyHash() uint32 { return w.id }
func (w witness) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(signature), text)
	return ed25519.Verify(w.key, []byte(signed), signature[8:])
}

func newWitness(vkey string) note.Verifier {
	parts := strings.SplitN(vkey, "+", 3)
	key := must(base64.StdEncoding.DecodeString(parts[2]))
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	check(key[0] == 4 && len(key) == 33 && parts[1] == fmt.Sprintf("%x", sum[:4]), "%s is no key of a witness", vkey)
	return witness{parts[0], binary.BigEndian.Uint32(sum[:4]), key[1:]}
}

func tilePath(level string, number, count int64) string {
	path := fmt.Sprintf("%03d", number%1000)
	for rest := number / 1000; rest > 0; rest /= 1000 {
		path = fmt.Sprintf("x%03d/%s", rest%1000, path)
	}
	if count < width {
		path += fmt.Sprintf(".p/%d", count)
	}
	return "/tile/" + level + "/" + path
}

// stored keeps the hashes of a tree in the order of package tlog.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) (found []tlog.Hash, err error) {
	for _, index := range indexes {
		found = append(found, s[index])
	}
	return found, nil
}

// tiles calls with every tile of a level: its number and how many hashes it has.
func tiles(count int64, visit func(number, count int64)) {
	for begin := int64(0); begin < count; begin += width {
		visit(begin/width, min(width, count-begin))
	}
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}

func main() {
	verifiers := []note.Verifier{must(note.NewVerifier(os.Args[2]))}
	for _, vkey := range os.Args[3:] {
		verifiers = append(verifiers, newWitness(vkey))
	}
	signed := must(note.Open(get("/checkpoint"), note.VerifierList(verifiers...)))
	check(len(signed.Sigs) == len(verifiers), "%d of %d keys have signed", len(signed.Sigs), len(verifiers))
	lines := strings.Split(signed.Text, "\n")
	check(lines[0] == verifiers[0].Name(), "the checkpoint is of %s", lines[0])
	size, root := must(strconv.ParseInt(lines[1], 10, 64)), must(tlog.ParseHash(lines[2]))

	var hashes stored
	var leaves [][]byte
	tiles(size, func(number, count int64) {
		bundle := get(tilePath("entries", number, count))
		for ; len(bundle) > 0; bundle = bundle[2+binary.BigEndian.Uint16(bundle):] {
			leaf := bundle[2 : 2+binary.BigEndian.Uint16(bundle)]
			hashes = append(hashes, must(tlog.StoredHashes(int64(len(leaves)), leaf, hashes))...)
			leaves = append(leaves, leaf)
		}
	})
	check(int64(len(leaves)) == size, "%d leaves of %d", len(leaves), size)
	check(must(tlog.TreeHash(size, hashes)) == root, "the leaves do not lead to the root")
	for level := 0; size>>(8*level) > 0; level++ {
		tiles(size>>(8*level), func(number, count int64) {
			var made bytes.Buffer
			for place := number * width; place < number*width+count; place++ {
				hash := hashes[tlog.StoredHashIndex(8*level, place)]
				made.Write(hash[:])
			}
			path := tilePath(strconv.Itoa(level), number, count)
			check(bytes.Equal(get(path), made.Bytes()), "%s is another", path)
		})
	}
	for index, leaf := range leaves {
		head, checkpoint, _ := strings.Cut(string(get(fmt.Sprintf("/log/proof/%d", index))), "\n\n")
		must(note.Open([]byte(checkpoint), note.VerifierList(verifiers...)))
		lines := strings.Split(head, "\n")
		check(lines[0] == "c2sp.org/tlog-proof@v1" && lines[1] == fmt.Sprintf("index %d", index), "proof %d begins otherwise", index)
		var proof tlog.RecordProof
		for _, line := range lines[2:] {
			proof = append(proof, must(tlog.ParseHash(line)))
		}
		must(0, tlog.CheckRecord(proof, size, root, int64(index), tlog.RecordHash(leaf)))
	}
	for old := int64(1); old <= size; old++ {
		proof := must(tlog.ProveTree(size, old, hashes))
		must(0, tlog.CheckTree(proof, size, root, old, must(tlog.TreeHash(old, hashes))))
	}
	fmt.Printf("verified %d leaves, %d signatures\n", size, len(signed.Sigs))
}
