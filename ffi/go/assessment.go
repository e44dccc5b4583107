package imagegate

// #include "boundary.h"
import "C"

import "time"

// Assessment is what follows from a policy set and a scan profile alone: made once for an image, asked for every
// launch of it, at any time.
type Assessment struct {
	handle handle[C.imagegate_assessment]
}

func newAssessment(pointer *C.imagegate_assessment) *Assessment {
	assessment := &Assessment{}
	assessment.handle.own(pointer, func(pointer *C.imagegate_assessment) { C.imagegate_assessment_free(pointer) })
	return assessment
}

func (a *Assessment) use() (*C.imagegate_assessment, error) {
	if a == nil {
		return nil, nilArgument("assessment")
	}
	return a.handle.use()
}

// Decide decides one launch at an instant. If the launch and the assessed profile are about different images, nothing
// is decided: [ErrImageMismatch].
func (a *Assessment) Decide(launch *Launch, now time.Time) (Decision, error) {
	answer, err := a.ask(launch, now, 1)
	if err != nil {
		return Decision{}, err
	}
	return newDecision(&answer, now), nil
}

// Action is the action of [Assessment.Decide] alone, without the documents, for a small part of the cost: enough
// where most launches are allowed, and [Assessment.Decide] is asked about the others.
func (a *Assessment) Action(launch *Launch, now time.Time) (Action, error) {
	answer, err := a.ask(launch, now, 0)
	if err != nil {
		return Intercept, err
	}
	return Action(answer.action), nil
}

func (a *Assessment) ask(launch *Launch, now time.Time, whole C.int) (C.answer, error) {
	assessment, err := a.use()
	if err != nil {
		return C.answer{}, err
	}
	defer a.handle.done()
	start, err := launch.use()
	if err != nil {
		return C.answer{}, err
	}
	defer launch.handle.done()
	seconds, nanoseconds, err := instant(now)
	if err != nil {
		return C.answer{}, err
	}
	return checked(C.assessment_answer(assessment, start, seconds, nanoseconds, whole))
}

// Explain tells for every policy of the set, in its order, why it did or did not hit. It fails where
// [Assessment.Decide] fails.
func (a *Assessment) Explain(launch *Launch, now time.Time) ([]Explanation, error) {
	assessment, err := a.use()
	if err != nil {
		return nil, err
	}
	defer a.handle.done()
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
	status := C.imagegate_assessment_explain(assessment, start, seconds, nanoseconds, &json, &failure)
	if err := check(status, failure); err != nil {
		return nil, err
	}
	return explanationsOf(taken(&json))
}

// Close frees the assessment. What was decided by it stays valid.
func (a *Assessment) Close() error {
	if a != nil {
		a.handle.close()
	}
	return nil
}
