package imagegate

import (
	"encoding/json"
	"fmt"
	"time"
)

// Event is one policy that hit, with its evidence.
type Event struct {
	// AggregationKey is shared by equal events of a day.
	AggregationKey string `json:"aggregation_key"`
	// Type is "risky_image", "privileged_image" or "unscanned_image".
	Type string `json:"event_type"`
	// Action is what this policy alone would do.
	Action Action `json:"action"`
	// Policy is the policy as it was when the decision was made.
	Policy Policy `json:"policy"`
	// Evidence is what matched, by category.
	Evidence []Evidence `json:"evidence"`
	// RiskDescription says what is wrong, in one sentence.
	RiskDescription string `json:"risk_description"`
	// Solution says what to do about it.
	Solution string `json:"solution"`
}

// Policy is a policy at an instant.
type Policy struct {
	// ID is unique in its set.
	ID string `json:"id"`
	// Name is unique in its set.
	Name string `json:"name"`
	// Type is "risk", "privileged" or "unscanned".
	Type string `json:"type"`
	// Status is "disabled", "pending", "observing" or "effective".
	Status string `json:"status"`
	// InterceptsFrom is from when hits intercept; nil if they never do.
	InterceptsFrom *time.Time `json:"intercepts_from"`
}

// Evidence is what matched in one category.
type Evidence struct {
	// Category is "vulnerabilities", "malware", "sensitive", "privileges" or "scan".
	Category string `json:"category"`
	// Total counts all findings that matched, excused or not.
	Total int `json:"total"`
	// Excused counts those of them that are excused.
	Excused int `json:"excused"`
	// Findings are the worst of them, at most 20, unexcused first.
	Findings []Finding `json:"findings"`
}

// Finding is one finding. Which fields are filled depends on the category; what is unknown is "", nil or 0.
type Finding struct {
	// ID of a vulnerability: CVE, GHSA or vendor id.
	ID string `json:"id"`
	// Package, Version: what is installed.
	Package string `json:"package"`
	Version string `json:"version"`
	// FixedIn are the versions that fix the vulnerability.
	FixedIn []string `json:"fixed_in"`
	// FixState is what the vendor says of a fix.
	FixState string `json:"fix_state"`
	// CVSS is the base score, nil if unknown.
	CVSS *float64 `json:"cvss"`

	// Severity of a vulnerability, of malware, or of sensitive information.
	Severity string `json:"severity"`
	// Path in the image: of the package, the malware, or the sensitive information.
	Path string `json:"path"`

	// Family, Class, MD5 and SHA256 of malware.
	Family string `json:"family"`
	Class  string `json:"class"`
	MD5    string `json:"md5"`
	SHA256 string `json:"sha256"`

	// Type and Line of sensitive information.
	Type string `json:"type"`
	Line int    `json:"line"`

	// Privilege is a fact of the launch, such as "capability:SYS_ADMIN"; Inferred if a reader concluded it.
	Privilege string `json:"privilege"`
	Inferred  bool   `json:"inferred"`

	// Clause of an unscanned policy; the state of the scan; the date that is too old, and the days allowed.
	Clause  string     `json:"clause"`
	State   string     `json:"state"`
	Date    *time.Time `json:"date"`
	MaxDays int        `json:"max_days"`

	// Matched are the selectors that are satisfied.
	Matched []string `json:"matched"`
	// Unknown are the clauses that held only because a fact is unknown.
	Unknown []string `json:"unknown"`
	// Exception is what excuses the finding, nil if nothing does.
	Exception *Exception `json:"exception"`
}

// Exception is what excuses a finding.
type Exception struct {
	// Source is "policy", "set" or "suppression".
	Source string `json:"source"`
	// Pointer into the policy document; "" for a suppression.
	Pointer string `json:"pointer"`
	// Reason that was given, who answers for it, and the ticket.
	Reason string `json:"reason"`
	Owner  string `json:"owner"`
	Ticket string `json:"ticket"`
	// ExpiresAt is when it ends, nil if it does not.
	ExpiresAt *time.Time `json:"expires_at"`
}

// Explanation is why one policy did or did not hit.
type Explanation struct {
	// Policy is the policy at the instant that was asked about.
	Policy
	// Outcome is "intercept", "alarm", "disabled", "pending", "out_of_scope", "no_finding" or "excused".
	Outcome string `json:"outcome"`
	// Part is the first part of the scope that failed, "" if none did.
	Part string `json:"part"`
	// Detail is the same in words.
	Detail string `json:"detail"`
}

func explanationsOf(text string) ([]Explanation, error) {
	var document struct {
		Policies []Explanation `json:"policies"`
	}
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		return nil, fmt.Errorf("imagegate: %w", err)
	}
	return document.Policies, nil
}
