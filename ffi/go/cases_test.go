package imagegate_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	imagegate "github.com/imagegate/imagegate/ffi/go"
)

// testCase is one case of testdata/cases, which every language runs.
type testCase struct {
	Name         string
	Policies     json.RawMessage
	PoliciesText *string `json:"policies_text"`
	Profile      json.RawMessage
	ProfileText  *string `json:"profile_text"`
	Launch       json.RawMessage
	LaunchText   *string `json:"launch_text"`
	Now          time.Time
	Decision     json.RawMessage
	Expect       struct {
		Error *struct {
			Kind     string
			Problems []struct{ Code, Pointer string }
		}
	}
}

// document is the text or the value, nil if there is neither.
func document(text *string, value json.RawMessage) []byte {
	if text != nil {
		return append([]byte{}, *text...)
	}
	return value
}

func TestCases(t *testing.T) {
	files, err := filepath.Glob("../../testdata/cases/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("the corpus is missing: %v", err)
	}
	cases, keys := 0, 0
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var corpus struct {
			Policies json.RawMessage
			Cases    []testCase
		}
		if err := json.Unmarshal(content, &corpus); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, one := range corpus.Cases {
			if one.PoliciesText == nil && one.Policies == nil {
				one.Policies = corpus.Policies
			}
			recomputed, err := one.run()
			if err != nil {
				t.Errorf("%s: %s: %v", filepath.Base(file), one.Name, err)
			}
			cases, keys = cases+1, keys+recomputed
		}
	}
	t.Logf("%d cases, %d keys recomputed", cases, keys)
}

// run tells what is wrong, and how many keys it recomputed.
func (c *testCase) run() (int, error) {
	decision, err := c.decide()
	if expected := c.Expect.Error; expected != nil {
		return 0, c.checkError(err)
	}
	if err != nil {
		return 0, fmt.Errorf("refused: %w", err)
	}
	var golden bytes.Buffer
	if err := json.Compact(&golden, c.Decision); err != nil {
		return 0, err
	}
	if decision.JSON() != golden.String() {
		return 0, fmt.Errorf("the decision is %s\nrecorded is %s", decision.JSON(), &golden)
	}
	return c.checkKeys(decision)
}

// decide returns nil if a case is only about reading documents.
func (c *testCase) decide() (*imagegate.Decision, error) {
	var policies *imagegate.PolicySet
	var profile *imagegate.ScanProfile
	var launch *imagegate.Launch
	var err error
	if text := document(c.PoliciesText, c.Policies); text != nil {
		if policies, err = imagegate.ParsePolicySet(text); err != nil {
			return nil, err
		}
		defer policies.Close()
	}
	if text := document(c.ProfileText, c.Profile); text != nil {
		if profile, err = imagegate.ParseScanProfile(text, imagegate.WithFormat("imagegate")); err != nil {
			return nil, err
		}
		defer profile.Close()
	}
	if text := document(c.LaunchText, c.Launch); text != nil {
		if launch, err = imagegate.ParseLaunch(text, imagegate.WithFormat("imagegate")); err != nil {
			return nil, err
		}
		defer launch.Close()
	}
	if policies == nil || launch == nil {
		return nil, errors.New("all documents were read")
	}
	var assessment *imagegate.Assessment
	if profile == nil {
		assessment, err = policies.AssessUnscanned()
	} else {
		assessment, err = policies.Assess(profile)
	}
	if err != nil {
		return nil, err
	}
	defer assessment.Close()
	decision, err := assessment.Decide(launch, c.Now)
	if err != nil {
		return nil, err
	}
	again, err := assessment.Decide(launch, c.Now)
	if err != nil || again != decision {
		return nil, fmt.Errorf("deciding twice gives two answers: %v", err)
	}
	action, err := assessment.Action(launch, c.Now)
	if err != nil || action != decision.Action {
		return nil, fmt.Errorf("the action alone is %v: %v", action, err)
	}
	return &decision, nil
}

func (c *testCase) checkError(err error) error {
	expected := c.Expect.Error
	var failure *imagegate.Error
	if !errors.As(err, &failure) {
		return fmt.Errorf("expected %s, got %v", expected.Kind, err)
	}
	if failure.Kind.String() != expected.Kind || !errors.Is(err, failure.Kind) {
		return fmt.Errorf("the kind is %v, expected %s", failure.Kind, expected.Kind)
	}
	if expected.Problems == nil {
		return nil
	}
	var got, wanted []string
	for _, problem := range failure.Problems {
		got = append(got, problem.Code+" "+problem.Pointer)
	}
	for _, problem := range expected.Problems {
		wanted = append(wanted, problem.Code+" "+problem.Pointer)
	}
	if strings.Join(got, "\n") != strings.Join(wanted, "\n") {
		return fmt.Errorf("the problems are %q, expected %q", got, wanted)
	}
	return nil
}

// checkKeys computes the key of every event from its six lines, as anybody can.
func (c *testCase) checkKeys(decision *imagegate.Decision) (int, error) {
	events, err := decision.Events()
	if err != nil {
		return 0, err
	}
	var set struct {
		DayUTCOffset string `json:"day_utc_offset"`
	}
	if err := json.Unmarshal(document(c.PoliciesText, c.Policies), &set); err != nil {
		return 0, err
	}
	var answer struct {
		Image struct{ ID, Digest, Name string }
	}
	if err := json.Unmarshal([]byte(decision.JSON()), &answer); err != nil {
		return 0, err
	}
	image := answer.Image.ID
	if image == "" {
		image = answer.Image.Digest
	}
	if image == "" {
		image = answer.Image.Name
	}
	day := c.Now.UTC()
	if set.DayUTCOffset != "" {
		zone, err := time.Parse("-07:00", set.DayUTCOffset)
		if err != nil {
			return 0, err
		}
		_, offset := zone.Zone()
		day = day.Add(time.Duration(offset) * time.Second)
	}
	if decision.EventCount != len(events) {
		return 0, fmt.Errorf("%d events are counted, %d are there", decision.EventCount, len(events))
	}
	for _, event := range events {
		lines := []string{
			"imagegate/1", day.Format("2006-01-02"), event.Action.String(), event.Type, event.Policy.ID, image}
		hash := sha256.Sum256([]byte(strings.Join(lines, "\n")))
		if key := hex.EncodeToString(hash[:16]); key != event.AggregationKey {
			return 0, fmt.Errorf("the key of %q is %s, not %s", lines, key, event.AggregationKey)
		}
	}
	first := ""
	if len(events) > 0 {
		first = events[0].AggregationKey
	}
	if decision.AggregationKey != first || (first == "") != (decision.Action == imagegate.Allow) {
		return 0, fmt.Errorf("the key of the decision is %q, that of its first event %q", decision.AggregationKey, first)
	}
	return len(events), nil
}
