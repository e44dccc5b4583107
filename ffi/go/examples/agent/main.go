// Agent decides whether a container may start, from three files.
//
//	agent POLICIES PROFILE LAUNCH [SECONDS]
//
// PROFILE is a scan report in any format that imagegate reads, or - if nobody scanned the image. LAUNCH is how the
// container is about to start: the body of Docker's create request, an OCI config.json, a pod, and others. SECONDS
// since the epoch are the time to decide at; the current time if left out.
//
// Exit status: 0 allow or alarm, 1 intercept, 2 nothing was decided. Whoever runs this must stop the start on 2, too.
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"

	imagegate "github.com/imagegate/imagegate/ffi/go"
)

const (
	starts      = 0
	intercepted = 1
	failed      = 2
)

func main() {
	decision, err := decide(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(failed)
	}
	fmt.Print(decision.Text())
	if decision.Action == imagegate.Intercept {
		os.Exit(intercepted)
	}
	os.Exit(starts)
}

func decide(arguments []string) (imagegate.Decision, error) {
	if len(arguments) < 3 || len(arguments) > 4 {
		return imagegate.Decision{}, fmt.Errorf("usage: agent POLICIES PROFILE LAUNCH [SECONDS]")
	}
	now := time.Now()
	if len(arguments) == 4 {
		seconds, err := strconv.ParseInt(arguments[3], 10, 64)
		if err != nil {
			return imagegate.Decision{}, err
		}
		now = time.Unix(seconds, 0)
	}

	// Once, and whenever the operator changes the policies.
	policies, err := read(arguments[0], imagegate.ParsePolicySet)
	if err != nil {
		return imagegate.Decision{}, err
	}
	defer policies.Close()

	// Once for an image.
	assessment, err := assess(policies, arguments[1])
	if err != nil {
		return imagegate.Decision{}, err
	}
	defer assessment.Close()

	// For every container that is about to start.
	launch, err := read(arguments[2], func(document []byte) (*imagegate.Launch, error) {
		return imagegate.ParseLaunch(document)
	})
	if err != nil {
		return imagegate.Decision{}, err
	}
	defer launch.Close()
	return assessment.Decide(launch, now)
}

// assess looks at the report; an image that nobody scanned has a question of its own.
func assess(policies *imagegate.PolicySet, path string) (*imagegate.Assessment, error) {
	if path == "-" {
		return policies.AssessUnscanned()
	}
	profile, err := read(path, func(report []byte) (*imagegate.ScanProfile, error) {
		return imagegate.ParseScanProfile(report)
	})
	if err != nil {
		return nil, err
	}
	defer profile.Close()
	return policies.Assess(profile)
}

func read[T any](path string, parse func([]byte) (*T, error)) (*T, error) {
	document, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	value, err := parse(document)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return value, nil
}
