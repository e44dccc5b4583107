package imagegate_test

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	imagegate "github.com/imagegate/imagegate/ffi/go"
)

func TestAfterClose(t *testing.T) {
	s := start(t)
	gate, err := imagegate.NewGate(s.policies, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	all := []interface{ Close() error }{s.policies, s.profile, s.assessment, s.launch, gate}
	for _, closer := range append(all, all...) {
		if err := closer.Close(); err != nil {
			t.Errorf("closing twice: %v", err)
		}
	}
	var never imagegate.PolicySet
	for name, err := range map[string]error{
		"assess":        failure(s.policies.Assess(s.profile)),
		"unscanned":     failure(s.policies.AssessUnscanned()),
		"never made":    failure(never.AssessUnscanned()),
		"overview":      failure(s.policies.Overview(now)),
		"merge":         failure(s.profile.Merge(s.profile)),
		"profile JSON":  failure(s.profile.JSON()),
		"launch JSON":   failure(s.launch.JSON()),
		"decide":        failure(s.assessment.Decide(s.launch, now)),
		"action":        failure(s.assessment.Action(s.launch, now)),
		"explain":       failure(s.assessment.Explain(s.launch, now)),
		"new gate":      failure(imagegate.NewGate(s.policies, 1)),
		"reload":        gate.Reload(s.policies),
		"put":           gate.PutProfile(s.profile),
		"remove":        failure(gate.RemoveProfile("x")),
		"gate decides":  failure(gate.Decide(s.launch, now)),
		"gate explains": failure(gate.Explain(s.launch, now)),
		"gate policies": failure(gate.Policies()),
		"gate stats":    failure(gate.Stats()),
	} {
		if !errors.Is(err, imagegate.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var nothing *imagegate.Launch
	if err := nothing.Close(); err != nil {
		t.Errorf("closing nothing: %v", err)
	}
}

// Eight goroutines decide while others swap the policies and, in the end, close everything under them.
func TestDecidingWhileSwappingAndClosing(t *testing.T) {
	s := start(t)
	gate, err := imagegate.NewGate(s.policies, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if err := gate.PutProfile(s.profile); err != nil {
		t.Fatal(err)
	}
	allowing, err := imagegate.ParsePolicySet([]byte(allowingPolicies))
	if err != nil {
		t.Fatal(err)
	}
	var decisions atomic.Int64
	var group sync.WaitGroup
	for i := 0; i < 8; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for {
				decision, err := gate.Decide(s.launch, now)
				if errors.Is(err, imagegate.ErrClosed) {
					return
				}
				hit := decision.Action == imagegate.Intercept && decision.EventCount == 1
				miss := decision.Action == imagegate.Allow && decision.EventCount == 0
				if err != nil || !hit && !miss {
					t.Errorf("%+v: %v", decision, err)
					return
				}
				action, err := s.assessment.Action(s.launch, now)
				if err != nil && !errors.Is(err, imagegate.ErrClosed) || action != imagegate.Intercept {
					t.Errorf("%v: %v", action, err)
					return
				}
				if _, err := s.profile.Merge(s.profile); err != nil && !errors.Is(err, imagegate.ErrClosed) {
					t.Error(err)
					return
				}
				decisions.Add(1)
			}
		}()
	}
	for swap := 0; swap < 200; swap++ {
		for _, policies := range []*imagegate.PolicySet{allowing, s.policies} {
			if err := gate.Reload(policies); err != nil {
				t.Error(err)
			}
		}
		runtime.Gosched()
	}
	for decisions.Load() < 50 {
		runtime.Gosched()
	}
	for _, closer := range []interface{ Close() error }{s.profile, s.assessment, gate, s.launch, s.policies} {
		group.Add(1)
		go func(closer interface{ Close() error }) {
			defer group.Done()
			if err := closer.Close(); err != nil {
				t.Error(err)
			}
		}(closer)
	}
	group.Wait()
	t.Logf("%d rounds", decisions.Load())
}
