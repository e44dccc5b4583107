package imagegate

// #include "boundary.h"
import "C"

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Action is what happens to a start. The zero value is the strictest, so that what nobody filled in does not allow.
type Action uint32

const (
	// Intercept: the container must not start.
	Intercept Action = 0
	// Alarm: the container starts, and somebody is told.
	Alarm Action = 1
	// Allow: the container starts.
	Allow Action = 2
)

// String is the word in documents: "intercept", "alarm" or "allow".
func (a Action) String() string {
	switch a {
	case Intercept:
		return "intercept"
	case Alarm:
		return "alarm"
	case Allow:
		return "allow"
	default:
		return fmt.Sprintf("Action(%d)", uint32(a))
	}
}

// MarshalText writes the word.
func (a Action) MarshalText() ([]byte, error) {
	if a > Allow {
		return nil, fmt.Errorf("imagegate: %v is no action", a)
	}
	return []byte(a.String()), nil
}

// UnmarshalText reads the word; any other is an error, and leaves Intercept.
func (a *Action) UnmarshalText(word []byte) error {
	*a = Intercept
	for _, action := range []Action{Intercept, Alarm, Allow} {
		if string(word) == action.String() {
			*a = action
			return nil
		}
	}
	return fmt.Errorf("imagegate: %q is no action", word)
}

// Decision is the answer for one launch. It is a plain value: it can be copied, compared and kept.
type Decision struct {
	// Action is what happens to the start: the strictest over the policies that hit.
	Action Action
	// AggregationKey is the key under which equal events are folded, that of the first event; "" if there is none, as
	// for an allowed launch.
	AggregationKey string
	// EventCount is how many policies hit.
	EventCount int
	// DecidedAt is the instant that was asked about.
	DecidedAt time.Time

	json, text string
}

func newDecision(answer *C.answer, now time.Time) Decision {
	defer C.free_texts(answer.json, answer.text)
	return Decision{
		Action:         Action(answer.action),
		AggregationKey: copied(&answer.key[0], C.size_t(answer.key_len)),
		EventCount:     int(answer.events),
		DecidedAt:      now,
		json:           copied(answer.json.data, answer.json.len),
		text:           copied(answer.text.data, answer.text.len),
	}
}

// checked is the answer, or why there is none.
func checked(answer C.answer) (C.answer, error) {
	if answer.status == C.IMAGEGATE_STATUS_OK {
		return answer, nil
	}
	C.free_texts(answer.json, answer.text)
	return C.answer{}, check(answer.status, answer.err)
}

// JSON is the decision with its events and their evidence, on one line. Equal inputs give equal bytes.
func (d Decision) JSON() string {
	return d.json
}

// MarshalJSON is [Decision.JSON]; a decision that nobody made is an error.
func (d Decision) MarshalJSON() ([]byte, error) {
	if d.json == "" {
		return nil, errNotDecided
	}
	return []byte(d.json), nil
}

// Text is the decision for people, as the command line prints it.
func (d Decision) Text() string {
	return d.text
}

var errNotDecided = errors.New("imagegate: the decision is the zero value: nothing was decided")

// Events are one event for each policy that hit: intercepting ones first, then by type, then in the set's order.
func (d Decision) Events() ([]Event, error) {
	if d.json == "" {
		return nil, errNotDecided
	}
	var document struct {
		Events []Event `json:"events"`
	}
	if err := json.Unmarshal([]byte(d.json), &document); err != nil {
		return nil, fmt.Errorf("imagegate: %w", err)
	}
	return document.Events, nil
}
