package imagegate

// #include "boundary.h"
import "C"

import "time"

// PolicySet is all policies, validated and compiled together. It never changes.
type PolicySet struct {
	handle          handle[C.imagegate_policy_set]
	revision, label string
}

// ParsePolicySet reads a policy document (JSON). All of its mistakes are reported at once, in [Error.Problems].
func ParsePolicySet(document []byte) (*PolicySet, error) {
	data, length := bytes(document)
	var policies *C.imagegate_policy_set
	var failure *C.imagegate_error
	if err := check(C.imagegate_policy_set_parse(data, length, &policies, &failure), failure); err != nil {
		return nil, err
	}
	return newPolicySet(policies), nil
}

func newPolicySet(policies *C.imagegate_policy_set) *PolicySet {
	set := &PolicySet{
		revision: text(C.imagegate_policy_set_revision(policies)),
		label:    text(C.imagegate_policy_set_label(policies)),
	}
	set.handle.own(policies, func(policies *C.imagegate_policy_set) { C.imagegate_policy_set_free(policies) })
	return set
}

func (s *PolicySet) use() (*C.imagegate_policy_set, error) {
	if s == nil {
		return nil, nilArgument("policies")
	}
	return s.handle.use()
}

// Revision is the SHA-256 of the document in lower-case hexadecimal digits; white space and the order of members do
// not matter.
func (s *PolicySet) Revision() string {
	return s.revision
}

// Label is the label of the document, "" if it has none.
func (s *PolicySet) Label() string {
	return s.label
}

// Overview is how many policies are in which status.
type Overview struct {
	// All policies.
	All int
	// Enabled policies are switched on.
	Enabled int
	// Pending policies are switched on, but their time has not come.
	Pending int
	// Observing policies alarm.
	Observing int
	// Effective policies intercept.
	Effective int
}

// Overview counts the policies by their status at an instant.
func (s *PolicySet) Overview(now time.Time) (Overview, error) {
	policies, err := s.use()
	if err != nil {
		return Overview{}, err
	}
	defer s.handle.done()
	seconds, nanoseconds, err := instant(now)
	if err != nil {
		return Overview{}, err
	}
	var all, enabled, pending, observing, effective C.size_t
	var failure *C.imagegate_error
	status := C.imagegate_policy_set_overview(
		policies, seconds, nanoseconds, &all, &enabled, &pending, &observing, &effective, &failure)
	if err := check(status, failure); err != nil {
		return Overview{}, err
	}
	return Overview{int(all), int(enabled), int(pending), int(observing), int(effective)}, nil
}

// Assess holds what is known of an image against the policies. Done once for an image, it answers for every launch of
// it. An image that nobody scanned is judged by [PolicySet.AssessUnscanned].
func (s *PolicySet) Assess(profile *ScanProfile) (*Assessment, error) {
	policies, err := s.use()
	if err != nil {
		return nil, err
	}
	defer s.handle.done()
	scanned, err := profile.use()
	if err != nil {
		return nil, err
	}
	defer profile.handle.done()
	var assessment *C.imagegate_assessment
	var failure *C.imagegate_error
	if err := check(C.imagegate_policy_set_assess(policies, scanned, &assessment, &failure), failure); err != nil {
		return nil, err
	}
	return newAssessment(assessment), nil
}

// AssessUnscanned is the assessment of an image that nobody scanned.
func (s *PolicySet) AssessUnscanned() (*Assessment, error) {
	policies, err := s.use()
	if err != nil {
		return nil, err
	}
	defer s.handle.done()
	var assessment *C.imagegate_assessment
	var failure *C.imagegate_error
	if err := check(C.imagegate_policy_set_assess_unscanned(policies, &assessment, &failure), failure); err != nil {
		return nil, err
	}
	return newAssessment(assessment), nil
}

// Close frees the policies. What was made of them stays valid.
func (s *PolicySet) Close() error {
	if s != nil {
		s.handle.close()
	}
	return nil
}
