package imagegate_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	imagegate "github.com/imagegate/imagegate/ffi/go"
)

func TestZeroValuesDoNotAllow(t *testing.T) {
	var decision imagegate.Decision
	if decision.Action != imagegate.Intercept || decision.Action.String() != "intercept" {
		t.Errorf("the zero decision is %v", decision.Action)
	}
	if _, err := decision.Events(); err == nil {
		t.Error("a decision that nobody made has events")
	}
	if _, err := json.Marshal(decision); err == nil {
		t.Error("a decision that nobody made is a document")
	}
	action := imagegate.Allow
	if err := action.UnmarshalText([]byte("Allow")); err == nil || action != imagegate.Intercept {
		t.Errorf("an unknown word reads as %v: %v", action, err)
	}
	s := start(t)
	if _, err := s.assessment.Decide(s.launch, time.Time{}); !errors.Is(err, imagegate.ErrInvalidArgument) {
		t.Errorf("the zero time decides: %v", err)
	}
}

func TestDecision(t *testing.T) {
	s := start(t)
	decision, err := s.assessment.Decide(s.launch, now)
	if err != nil {
		t.Fatal(err)
	}
	// What it shows is its own.
	for _, closer := range []interface{ Close() error }{s.policies, s.profile, s.assessment, s.launch} {
		if err := closer.Close(); err != nil {
			t.Error(err)
		}
	}
	if decision.Action != imagegate.Intercept || decision.EventCount != 1 || len(decision.AggregationKey) != 32 {
		t.Errorf("%+v", decision)
	}
	if !strings.HasPrefix(decision.Text(), "INTERCEPT") || !decision.DecidedAt.Equal(now) {
		t.Errorf("%s", decision.Text())
	}
	events, err := decision.Events()
	if err != nil {
		t.Fatal(err)
	}
	event := events[0]
	if event.Policy.ID != "malware" || event.Type != "risky_image" || event.Action != imagegate.Intercept ||
		event.Evidence[0].Category != "malware" || event.Evidence[0].Findings[0].Path != "/usr/bin/.x" ||
		event.Solution == "" || event.RiskDescription == "" || event.Policy.InterceptsFrom == nil {
		t.Errorf("%+v", event)
	}
	written, err := json.Marshal(map[string]any{"decision": decision})
	if err != nil || string(written) != `{"decision":`+decision.JSON()+`}` {
		t.Errorf("%s: %v", written, err)
	}
}

func TestErrors(t *testing.T) {
	_, err := imagegate.ParsePolicySet([]byte("{\"version\": 1,\n \"policy\": [], \"label\": 7}"))
	var failure *imagegate.Error
	if !errors.As(err, &failure) || !errors.Is(err, imagegate.ErrInvalidPolicy) || errors.Is(err, imagegate.ErrSyntax) {
		t.Fatalf("%v", err)
	}
	if failure.Code != "unknown_field" || failure.Pointer != "/policy" || failure.Line != 2 || failure.Column == 0 {
		t.Errorf("%+v", failure)
	}
	if len(failure.Problems) != 2 || failure.Problems[0] != failure.Problem || failure.Problems[1].Pointer != "/label" {
		t.Errorf("%+v", failure.Problems)
	}
	if !strings.HasPrefix(err.Error(), "imagegate: ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("%q", err)
	}
}

func TestKindsHaveTheNamesOfTheLibrary(t *testing.T) {
	names := map[imagegate.Kind]string{
		imagegate.ErrNullArgument: "null_argument", imagegate.ErrInvalidUTF8: "invalid_utf8",
		imagegate.ErrInvalidArgument: "invalid_argument", imagegate.ErrInternal: "internal",
		imagegate.ErrSyntax: "syntax", imagegate.ErrInvalidPolicy: "invalid_policy",
		imagegate.ErrInvalidProfile: "invalid_profile", imagegate.ErrInvalidLaunch: "invalid_launch",
		imagegate.ErrImageMismatch: "image_mismatch", imagegate.ErrLimitExceeded: "limit_exceeded",
		imagegate.ErrUnsupported: "unsupported", imagegate.ErrStorage: "storage",
	}
	for kind, name := range names {
		if kind.String() != name {
			t.Errorf("%d is %s, not %s", uint32(kind), kind, name)
		}
	}
	// The library has no more than these.
	if next := imagegate.Kind(len(names) + 1); next.String() != "unknown" {
		t.Errorf("this package has no kind %s", next)
	}
}

func TestArguments(t *testing.T) {
	s := start(t)
	var noPolicies *imagegate.PolicySet
	var noProfile *imagegate.ScanProfile
	var noAssessment *imagegate.Assessment
	var noLaunch *imagegate.Launch
	var noGate *imagegate.Gate
	gate, err := imagegate.NewGate(s.policies, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	profile, launch, policies := []byte(infectedProfile), []byte(cartLaunch), []byte(allowingPolicies)
	other := "sha256:" + strings.Repeat("0", 64)
	huge := make([]byte, 256<<20+1)
	deep := []byte(strings.Repeat("[", 400))
	// Each call with the kind of its error.
	for name, one := range map[string]struct {
		kind imagegate.Kind
		err  error
	}{
		"assess without policies":     {imagegate.ErrNullArgument, failure(noPolicies.Assess(s.profile))},
		"assess without a profile":    {imagegate.ErrNullArgument, failure(s.policies.Assess(nil))},
		"assess with no profile":      {imagegate.ErrNullArgument, failure(s.policies.Assess(noProfile))},
		"assess unscanned":            {imagegate.ErrNullArgument, failure(noPolicies.AssessUnscanned())},
		"overview":                    {imagegate.ErrNullArgument, failure(noPolicies.Overview(now))},
		"decide without assessment":   {imagegate.ErrNullArgument, failure(noAssessment.Decide(s.launch, now))},
		"decide without launch":       {imagegate.ErrNullArgument, failure(s.assessment.Decide(noLaunch, now))},
		"action without launch":       {imagegate.ErrNullArgument, failure(s.assessment.Action(nil, now))},
		"explain without launch":      {imagegate.ErrNullArgument, failure(s.assessment.Explain(nil, now))},
		"merge with nothing":          {imagegate.ErrNullArgument, failure(s.profile.Merge(nil))},
		"merge nothing":               {imagegate.ErrNullArgument, failure(noProfile.Merge(s.profile))},
		"profile as JSON":             {imagegate.ErrNullArgument, failure(noProfile.JSON())},
		"launch as JSON":              {imagegate.ErrNullArgument, failure(noLaunch.JSON())},
		"gate without policies":       {imagegate.ErrNullArgument, failure(imagegate.NewGate(nil, 1))},
		"reload without gate":         {imagegate.ErrNullArgument, noGate.Reload(s.policies)},
		"reload without policies":     {imagegate.ErrNullArgument, gate.Reload(nil)},
		"put without gate":            {imagegate.ErrNullArgument, noGate.PutProfile(s.profile)},
		"put nothing":                 {imagegate.ErrNullArgument, gate.PutProfile(nil)},
		"remove without gate":         {imagegate.ErrNullArgument, failure(noGate.RemoveProfile("x"))},
		"remove no image":             {imagegate.ErrInvalidArgument, failure(gate.RemoveProfile(""))},
		"remove no UTF-8":             {imagegate.ErrInvalidUTF8, failure(gate.RemoveProfile("\xff"))},
		"gate decides nothing":        {imagegate.ErrNullArgument, failure(gate.Decide(nil, now))},
		"no gate decides":             {imagegate.ErrNullArgument, failure(noGate.Decide(s.launch, now))},
		"no gate explains":            {imagegate.ErrNullArgument, failure(noGate.Explain(s.launch, now))},
		"no gate has policies":        {imagegate.ErrNullArgument, failure(noGate.Policies())},
		"no gate has stats":           {imagegate.ErrNullArgument, failure(noGate.Stats())},
		"gate at the zero time":       {imagegate.ErrInvalidArgument, failure(gate.Decide(s.launch, time.Time{}))},
		"explain at the zero time":    {imagegate.ErrInvalidArgument, failure(gate.Explain(s.launch, time.Time{}))},
		"after year 9999":             {imagegate.ErrInvalidArgument, failure(s.assessment.Decide(s.launch, time.Unix(1<<40, 0)))},
		"nil policies":                {imagegate.ErrSyntax, failure(imagegate.ParsePolicySet(nil))},
		"empty profile":               {imagegate.ErrSyntax, failure(imagegate.ParseScanProfile([]byte{}))},
		"empty profiles":              {imagegate.ErrSyntax, failure(imagegate.ParseScanProfiles(nil))},
		"empty launch":                {imagegate.ErrSyntax, failure(imagegate.ParseLaunch(nil))},
		"empty launches":              {imagegate.ErrSyntax, failure(imagegate.ParseLaunches(nil))},
		"a NUL after the policies":    {imagegate.ErrSyntax, failure(imagegate.ParsePolicySet(append(policies, 0)))},
		"policies that are no UTF-8":  {imagegate.ErrSyntax, failure(imagegate.ParsePolicySet([]byte("{\"label\": \"\xff\"}")))},
		"huge policies":               {imagegate.ErrLimitExceeded, failure(imagegate.ParsePolicySet(huge))},
		"huge profile":                {imagegate.ErrLimitExceeded, failure(imagegate.ParseScanProfile(huge))},
		"huge launch":                 {imagegate.ErrLimitExceeded, failure(imagegate.ParseLaunch(huge))},
		"deep launch":                 {imagegate.ErrLimitExceeded, failure(imagegate.ParseLaunch(deep))},
		"unknown format":              {imagegate.ErrUnsupported, failure(imagegate.ParseScanProfile(profile, imagegate.WithFormat("Trivy")))},
		"a NUL in the format":         {imagegate.ErrUnsupported, failure(imagegate.ParseLaunch(launch, imagegate.WithFormat("imagegate\x00")))},
		"a format that is no UTF-8":   {imagegate.ErrInvalidUTF8, failure(imagegate.ParseLaunches(launch, imagegate.WithFormat("\xff")))},
		"a profile for no image":      {imagegate.ErrInvalidArgument, failure(imagegate.ParseScanProfileFor("", profile))},
		"a profile for another image": {imagegate.ErrImageMismatch, failure(imagegate.ParseScanProfileFor(other, profile))},
		"a launch for no image":       {imagegate.ErrInvalidArgument, failure(imagegate.ParseLaunchFor("", launch))},
		"a launch for another image":  {imagegate.ErrImageMismatch, failure(imagegate.ParseLaunchFor(other, launch))},
	} {
		var failure *imagegate.Error
		if !errors.Is(one.err, one.kind) || !errors.As(one.err, &failure) {
			t.Errorf("%s: %v", name, one.err)
		}
	}
}

// failure is the error of two results.
func failure[T any](_ T, err error) error {
	return err
}

func TestSeveral(t *testing.T) {
	pod := []byte(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [
		{"name": "one", "image": "shop/cart:1"}, {"name": "two", "image": "shop/web:2"}]}}`)
	if _, err := imagegate.ParseLaunch(pod); !errors.Is(err, imagegate.ErrInvalidLaunch) {
		t.Errorf("%v", err)
	}
	launches, err := imagegate.ParseLaunches(pod)
	if err != nil || len(launches) != 2 || launches[1].Container() != "two" {
		t.Fatalf("%v: %v", launches, err)
	}
	document, err := launches[1].JSON()
	if err != nil || !strings.Contains(document, "shop/web:2") {
		t.Errorf("%s: %v", document, err)
	}
	profiles, err := imagegate.ParseScanProfiles([]byte(infectedProfile))
	if err != nil || len(profiles) != 1 {
		t.Fatalf("%v: %v", profiles, err)
	}
	report := []byte(`{"SchemaVersion": 2, "ArtifactName": "rootfs", "ArtifactType": "filesystem", "Results": []}`)
	if _, err := imagegate.ParseScanProfile(report); !errors.Is(err, imagegate.ErrInvalidProfile) {
		t.Errorf("%v", err)
	}
	second, err := imagegate.ParseScanProfileFor(imageID, report, imagegate.WithFormat("trivy"))
	if err != nil {
		t.Fatal(err)
	}
	merged, err := profiles[0].Merge(second)
	if err != nil {
		t.Fatal(err)
	}
	if document, err := merged.JSON(); err != nil || !strings.Contains(document, "/usr/bin/.x") {
		t.Errorf("%s: %v", document, err)
	}
	if _, err := merged.Merge(merged); err != nil {
		t.Error(err)
	}
}

func TestPolicySet(t *testing.T) {
	s := start(t)
	if len(s.policies.Revision()) != 64 || s.policies.Label() != "strict" {
		t.Errorf("%s %s", s.policies.Revision(), s.policies.Label())
	}
	overview, err := s.policies.Overview(now)
	if err != nil || overview != (imagegate.Overview{All: 1, Enabled: 1, Effective: 1}) {
		t.Errorf("%+v: %v", overview, err)
	}
	explanations, err := s.assessment.Explain(s.launch, now.AddDate(-1, 0, 0))
	if err != nil || len(explanations) != 1 || explanations[0].Outcome != "pending" || explanations[0].ID != "malware" {
		t.Errorf("%+v: %v", explanations, err)
	}
	if imagegate.Version() == "" {
		t.Error("the library has no version")
	}
}

func TestGate(t *testing.T) {
	s := start(t)
	gate, err := imagegate.NewGate(s.policies, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer gate.Close()
	expect := func(expected imagegate.Action) {
		t.Helper()
		decision, err := gate.Decide(s.launch, now)
		action, actionErr := gate.Action(s.launch, now)
		if err != nil || actionErr != nil || decision.Action != expected || action != expected {
			t.Errorf("%v, %v, expected %v: %v, %v", decision.Action, action, expected, err, actionErr)
		}
	}
	expect(imagegate.Allow)
	if err := gate.PutProfile(s.profile); err != nil {
		t.Fatal(err)
	}
	expect(imagegate.Intercept)
	explanations, err := gate.Explain(s.launch, now)
	if err != nil || explanations[0].Outcome != "intercept" {
		t.Errorf("%+v: %v", explanations, err)
	}
	allowing, err := imagegate.ParsePolicySet([]byte(allowingPolicies))
	if err != nil {
		t.Fatal(err)
	}
	if err := gate.Reload(allowing); err != nil {
		t.Fatal(err)
	}
	expect(imagegate.Allow)
	policies, err := gate.Policies()
	if err != nil || policies.Revision() != allowing.Revision() {
		t.Errorf("%v", err)
	}
	stats, err := gate.Stats()
	if err != nil || stats.Profiles != 1 || stats.Bytes == 0 || stats.Reloads != 1 {
		t.Errorf("%+v: %v", stats, err)
	}
	for _, expected := range []bool{true, false} {
		if removed, err := gate.RemoveProfile(imageID); err != nil || removed != expected {
			t.Errorf("removed: %v, %v", removed, err)
		}
	}
	small, err := imagegate.NewGate(s.policies, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := small.PutProfile(s.profile); !errors.Is(err, imagegate.ErrLimitExceeded) {
		t.Errorf("%v", err)
	}
}
