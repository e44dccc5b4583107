package imagegate_test

import (
	"errors"
	"fmt"
	"log"
	"time"

	imagegate "github.com/imagegate/imagegate/ffi/go"
)

func Example() {
	// Once, when the agent starts and whenever the operator changes the policies.
	policies, err := imagegate.ParsePolicySet([]byte(`{
		"version": 1,
		"policies": [{
			"id": "fixable", "name": "Fixable critical vulnerabilities", "type": "risk",
			"enabled": true, "enabled_at": "2026-11-01T08:00:00Z", "enforcement": {"mode": "observe", "days": 14},
			"scope": {"images": {"names": ["registry.example.com/shop/**"]}},
			"criteria": {"vulnerabilities": {"severities": ["critical"], "only": {"fix_available": true}}}
		}]
	}`))
	if err != nil {
		log.Fatal(err)
	}
	defer policies.Close()

	// Once for an image: when its scan report arrives.
	profile, err := imagegate.ParseScanProfile([]byte(`{
		"version": 1,
		"image": {"names": ["registry.example.com/shop/cart:1.4.2"]},
		"scan": {"state": "complete"},
		"vulnerabilities": [{
			"id": "CVE-2023-45853", "severity": "critical",
			"package": {"name": "zlib1g", "version": "1:1.2.11.dfsg-2"},
			"fix": {"versions": ["1:1.2.13.dfsg-1"]}
		}]
	}`))
	if err != nil {
		log.Fatal(err)
	}
	defer profile.Close()
	assessment, err := policies.Assess(profile)
	if err != nil {
		log.Fatal(err)
	}
	defer assessment.Close()

	// For every container that is about to start.
	launch, err := imagegate.ParseLaunch([]byte(`{
		"version": 1,
		"image": {"reference": "registry.example.com/shop/cart:1.4.2"},
		"privileges": []
	}`))
	if err != nil {
		log.Fatal(err)
	}
	defer launch.Close()
	decision, err := assessment.Decide(launch, time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC))
	if err != nil {
		log.Fatal(err)
	}
	events, err := decision.Events()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(decision.Action)
	fmt.Println(events[0].Policy.ID)
	fmt.Println(events[0].Solution)
	// Output:
	// intercept
	// fixable
	// Raise zlib1g to 1:1.2.13.dfsg-1.
}

func ExampleError() {
	_, err := imagegate.ParsePolicySet([]byte(`{
  "version": 1,
  "policies": [{"id": "a b", "name": "x", "type": "risk", "enabled": false, "enforcement": {"mode": "observ"},
                "scope": {"images": "all"}, "criteria": {"malware": {"any": true}}}]
}`))
	var failure *imagegate.Error
	if errors.Is(err, imagegate.ErrInvalidPolicy) && errors.As(err, &failure) {
		for _, problem := range failure.Problems {
			fmt.Println(problem.Line, problem.Pointer, problem.Code)
		}
	}
	// Output:
	// 3 /policies/0/id invalid_id
	// 3 /policies/0/enforcement/mode unknown_value
}

func ExampleGate() {
	policies, err := imagegate.ParsePolicySet([]byte(`{"version": 1, "policies": [{
		"id": "malware", "name": "Malware", "type": "risk", "enabled": true, "enabled_at": "2026-11-01T00:00:00Z",
		"enforcement": {"mode": "immediate"}, "scope": {"images": "all"}, "criteria": {"malware": {"any": true}}
	}]}`))
	if err != nil {
		log.Fatal(err)
	}
	gate, err := imagegate.NewGate(policies, 64<<20)
	if err != nil {
		log.Fatal(err)
	}
	defer gate.Close()

	// A report arrives.
	profile, err := imagegate.ParseScanProfile([]byte(`{
		"version": 1, "image": {"names": ["nginx:1.27"]}, "malware": [{"path": "/usr/bin/.x"}]
	}`))
	if err != nil {
		log.Fatal(err)
	}
	if err := gate.PutProfile(profile); err != nil {
		log.Fatal(err)
	}
	profile.Close()

	// A container is about to start.
	launch, err := imagegate.ParseLaunch([]byte(`{"Image": "docker.io/nginx:1.27", "HostConfig": {}}`))
	if err != nil {
		log.Fatal(err)
	}
	defer launch.Close()
	now := time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC)
	action, err := gate.Action(launch, now)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(action)

	// The operator changes the policies.
	policies, err = imagegate.ParsePolicySet([]byte(`{"version": 1}`))
	if err != nil {
		log.Fatal(err)
	}
	if err := gate.Reload(policies); err != nil {
		log.Fatal(err)
	}
	action, err = gate.Action(launch, now)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(action)
	// Output:
	// intercept
	// allow
}
