package imagegate

// #include "boundary.h"
import "C"

import "time"

// Gate is the long-lived object of an agent: policies that can be swapped while other goroutines decide, and the scan
// profiles of the images on the node. Deciding takes no lock that another decision or a swap would wait for.
type Gate struct {
	handle handle[C.imagegate_gate]
}

// NewGate makes a gate with these policies and no profiles yet. maxBytes bounds the memory for profiles.
func NewGate(policies *PolicySet, maxBytes uint) (*Gate, error) {
	set, err := policies.use()
	if err != nil {
		return nil, err
	}
	defer policies.handle.done()
	var pointer *C.imagegate_gate
	var failure *C.imagegate_error
	if err := check(C.imagegate_gate_new(set, C.size_t(maxBytes), &pointer, &failure), failure); err != nil {
		return nil, err
	}
	gate := &Gate{}
	gate.handle.own(pointer, func(gate *C.imagegate_gate) { C.imagegate_gate_free(gate) })
	return gate, nil
}

func (g *Gate) use() (*C.imagegate_gate, error) {
	if g == nil {
		return nil, nilArgument("gate")
	}
	return g.handle.use()
}

// Reload swaps the policies. Decisions that are under way end with the old ones.
func (g *Gate) Reload(policies *PolicySet) error {
	gate, err := g.use()
	if err != nil {
		return err
	}
	defer g.handle.done()
	set, err := policies.use()
	if err != nil {
		return err
	}
	defer policies.handle.done()
	var failure *C.imagegate_error
	return check(C.imagegate_gate_reload(gate, set, &failure), failure)
}

// Policies are the policies in force.
func (g *Gate) Policies() (*PolicySet, error) {
	gate, err := g.use()
	if err != nil {
		return nil, err
	}
	defer g.handle.done()
	var policies *C.imagegate_policy_set
	var failure *C.imagegate_error
	if err := check(C.imagegate_gate_policies(gate, &policies, &failure), failure); err != nil {
		return nil, err
	}
	return newPolicySet(policies), nil
}

// PutProfile keeps the profile, in place of one that shares its id. [ErrLimitExceeded] if the profiles would exceed
// the bound of the gate; nothing changes then.
func (g *Gate) PutProfile(profile *ScanProfile) error {
	gate, err := g.use()
	if err != nil {
		return err
	}
	defer g.handle.done()
	scanned, err := profile.use()
	if err != nil {
		return err
	}
	defer profile.handle.done()
	var failure *C.imagegate_error
	return check(C.imagegate_gate_put_profile(gate, scanned, &failure), failure)
}

// RemoveProfile forgets the profile of the image with this id, digest or name. Whether there was one.
func (g *Gate) RemoveProfile(image string) (bool, error) {
	gate, err := g.use()
	if err != nil {
		return false, err
	}
	defer g.handle.done()
	name, length := bytes([]byte(image))
	var removed C.bool
	var failure *C.imagegate_error
	err = check(C.imagegate_gate_remove_profile(gate, name, length, &removed, &failure), failure)
	return bool(removed), err
}

// Decide decides a launch with the profile of its image: the one of its id, else of a digest it names, else of its
// name, unless that one is of another image. Without a profile the image is judged as one that nobody scanned.
// [ErrImageMismatch] if the profile found by a digest is of another image.
func (g *Gate) Decide(launch *Launch, now time.Time) (Decision, error) {
	answer, err := g.ask(launch, now, 1)
	if err != nil {
		return Decision{}, err
	}
	return newDecision(&answer, now), nil
}

// Action is the action of [Gate.Decide] alone, without the documents, for a small part of the cost.
func (g *Gate) Action(launch *Launch, now time.Time) (Action, error) {
	answer, err := g.ask(launch, now, 0)
	if err != nil {
		return Intercept, err
	}
	return Action(answer.action), nil
}

func (g *Gate) ask(launch *Launch, now time.Time, whole C.int) (C.answer, error) {
	gate, err := g.use()
	if err != nil {
		return C.answer{}, err
	}
	defer g.handle.done()
	start, err := launch.use()
	if err != nil {
		return C.answer{}, err
	}
	defer launch.handle.done()
	seconds, nanoseconds, err := instant(now)
	if err != nil {
		return C.answer{}, err
	}
	return checked(C.gate_answer(gate, start, seconds, nanoseconds, whole))
}

// Explain tells for every policy in force why it did or did not hit. It fails where [Gate.Decide] fails.
func (g *Gate) Explain(launch *Launch, now time.Time) ([]Explanation, error) {
	gate, err := g.use()
	if err != nil {
		return nil, err
	}
	defer g.handle.done()
	start, err := launch.use()
	if err != nil {
		return nil, err
	}
	defer launch.handle.done()
	seconds, nanoseconds, err := instant(now)
	if err != nil {
		return nil, err
	}
	var json C.imagegate_buffer
	var failure *C.imagegate_error
	status := C.imagegate_gate_explain(gate, start, seconds, nanoseconds, &json, &failure)
	if err := check(status, failure); err != nil {
		return nil, err
	}
	return explanationsOf(taken(&json))
}

// GateStats is what a gate holds.
type GateStats struct {
	// Profiles is how many images have a profile.
	Profiles int
	// Bytes are what counts against the bound.
	Bytes uint64
	// Reloads is how often the policies were swapped.
	Reloads uint64
}

// Stats tells what the gate holds.
func (g *Gate) Stats() (GateStats, error) {
	gate, err := g.use()
	if err != nil {
		return GateStats{}, err
	}
	defer g.handle.done()
	var profiles, size C.size_t
	var reloads C.uint64_t
	var failure *C.imagegate_error
	if err := check(C.imagegate_gate_stats(gate, &profiles, &size, &reloads, &failure), failure); err != nil {
		return GateStats{}, err
	}
	return GateStats{int(profiles), uint64(size), uint64(reloads)}, nil
}

// Close frees the gate with its profiles. What was decided by it stays valid.
func (g *Gate) Close() error {
	if g != nil {
		g.handle.close()
	}
	return nil
}
