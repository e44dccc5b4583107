package imagegate_test

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"testing"

	imagegate "github.com/imagegate/imagegate/ffi/go"
)

func residentKiB(t *testing.T) int {
	t.Helper()
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("not shown: the memory of a process can be read on Linux only")
	}
	var pages, resident int
	if _, err := fmt.Sscan(string(statm), &pages, &resident); err != nil {
		t.Fatal(err)
	}
	return resident * os.Getpagesize() / 1024
}

// Neither decisions, nor errors, nor what was forgotten without Close stay in memory.
func TestMemoryDoesNotGrow(t *testing.T) {
	if raceDetector {
		t.Skip("not shown under the race detector, which keeps memory of its own")
	}
	if testing.Short() {
		t.Skip("takes a while")
	}
	s := start(t)
	round := func(times int) {
		for i := 0; i < times; i++ {
			if _, err := s.assessment.Decide(s.launch, now); err != nil {
				t.Fatal(err)
			}
			if i%16 == 0 {
				if _, err := imagegate.ParsePolicySet([]byte(`{"version": 2}`)); err == nil {
					t.Fatal("version 2 was read")
				}
				// Forgotten, for the finalizer.
				if _, err := imagegate.ParsePolicySet([]byte(interceptingPolicies)); err != nil {
					t.Fatal(err)
				}
			}
			if i%2_000 == 0 {
				runtime.GC()
			}
		}
		// Finalizers run after the collection that found their objects.
		for i := 0; i < 3; i++ {
			runtime.GC()
			runtime.Gosched()
		}
		debug.FreeOSMemory()
	}
	round(10_000)
	before := residentKiB(t)
	round(30_000)
	grown := residentKiB(t) - before
	t.Logf("30,000 decisions, 1,875 errors and 1,875 forgotten policy sets: %d KiB more", grown)
	// The policy sets alone would take 10 MiB and more.
	if grown > 4_096 {
		t.Errorf("memory has grown by %d KiB", grown)
	}
}
