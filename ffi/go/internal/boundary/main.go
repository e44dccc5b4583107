// Boundary measures what a decision costs in Go: the same loops as in ffi/boundary.
package main

import (
	"fmt"
	"log"
	"os"
	"sort"
	"strconv"
	"time"

	imagegate "github.com/imagegate/imagegate/ffi/go"
)

const batches = 501

// used keeps results from being optimised away.
var used int

func measure(name string, calls int, call func()) {
	times := make([]float64, batches)
	for batch := range times {
		start := time.Now()
		for i := 0; i < calls; i++ {
			call()
		}
		times[batch] = float64(time.Since(start).Nanoseconds()) / float64(calls)
	}
	sort.Float64s(times)
	fmt.Printf("%s %.1f\n", name, times[batches/2])
}

// must stops if there is an error.
func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	read := func(argument int) []byte { return must(os.ReadFile(os.Args[argument])) }
	policies := must(imagegate.ParsePolicySet(read(1)))
	profile := must(imagegate.ParseScanProfile(read(2)))
	launch := must(imagegate.ParseLaunch(read(3)))
	now := time.Unix(must(strconv.ParseInt(os.Args[4], 10, 64)), 0)
	assessment := must(policies.Assess(profile))
	gate := must(imagegate.NewGate(policies, 64<<20))
	if err := gate.PutProfile(profile); err != nil {
		log.Fatal(err)
	}

	measure("action", 1_000, func() { used += int(must(assessment.Action(launch, now))) })
	measure("gate", 1_000, func() { used += int(must(gate.Action(launch, now))) })
	measure("whole", 20, func() { used += len(must(assessment.Decide(launch, now)).JSON()) })
}
