package imagegate_test

import (
	"testing"
	"time"

	imagegate "github.com/imagegate/imagegate/ffi/go"
)

const (
	imageID = "sha256:b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca"

	interceptingPolicies = `{"version": 1, "label": "strict", "policies": [{
		"id": "malware", "name": "Malware", "type": "risk", "enabled": true, "enabled_at": "2026-11-01T00:00:00Z",
		"enforcement": {"mode": "immediate"}, "scope": {"images": "all"}, "criteria": {"malware": {"any": true}}
	}]}`
	allowingPolicies = `{"version": 1, "policies": []}`
	infectedProfile  = `{"version": 1, "image": {"id": "` + imageID + `"}, "scan": {"state": "complete"},
		"malware": [{"path": "/usr/bin/.x"}]}`
	cartLaunch = `{"version": 1, "image": {"reference": "shop/cart:1", "id": "` + imageID + `"},
		"container": {"name": "cart"}, "privileges": []}`
)

var now = time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC)

// must stops the test if there is an error.
func must[T any](t testing.TB, value T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// started is everything that a decision needs.
type started struct {
	policies   *imagegate.PolicySet
	profile    *imagegate.ScanProfile
	assessment *imagegate.Assessment
	launch     *imagegate.Launch
}

func start(t testing.TB) started {
	t.Helper()
	policies, err := imagegate.ParsePolicySet([]byte(interceptingPolicies))
	s := started{policies: must(t, policies, err)}
	profile, err := imagegate.ParseScanProfile([]byte(infectedProfile))
	s.profile = must(t, profile, err)
	assessment, err := s.policies.Assess(s.profile)
	s.assessment = must(t, assessment, err)
	launch, err := imagegate.ParseLaunch([]byte(cartLaunch))
	s.launch = must(t, launch, err)
	return s
}
