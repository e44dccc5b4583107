package imagegate

// #include "boundary.h"
import "C"

// ScanProfile is what scanners found in one image. It never changes.
type ScanProfile struct {
	handle handle[C.imagegate_scan_profile]
}

// ParseScanProfile reads what a scanner says about one image: a report of a scanner (Trivy, Grype, SARIF, …) or
// imagegate's own profile document. A document that no reader knows is an error, never a clean profile. A report that
// does not say which image it is about is refused: see [ParseScanProfileFor].
func ParseScanProfile(report []byte, options ...Option) (*ScanProfile, error) {
	data, length := bytes(report)
	format, formatLength := formatOf(options)
	var profile *C.imagegate_scan_profile
	var failure *C.imagegate_error
	status := C.imagegate_scan_profile_parse(data, length, format, formatLength, &profile, &failure)
	if err := check(status, failure); err != nil {
		return nil, err
	}
	return newScanProfile(profile), nil
}

// ParseScanProfileFor is [ParseScanProfile] for an image that the caller names: by its id ("sha256:" and 64
// hexadecimal digits) or by a reference. It completes what the report says; contradicting it is [ErrImageMismatch].
func ParseScanProfileFor(image string, report []byte, options ...Option) (*ScanProfile, error) {
	name, nameLength := bytes([]byte(image))
	data, length := bytes(report)
	format, formatLength := formatOf(options)
	var profile *C.imagegate_scan_profile
	var failure *C.imagegate_error
	status := C.imagegate_scan_profile_parse_for(
		name, nameLength, data, length, format, formatLength, &profile, &failure)
	if err := check(status, failure); err != nil {
		return nil, err
	}
	return newScanProfile(profile), nil
}

// ParseScanProfiles is [ParseScanProfile] for a document that is about one image or several (a report of a cluster).
func ParseScanProfiles(report []byte, options ...Option) ([]*ScanProfile, error) {
	data, length := bytes(report)
	format, formatLength := formatOf(options)
	var list *C.imagegate_scan_profiles
	var failure *C.imagegate_error
	status := C.imagegate_scan_profiles_parse(data, length, format, formatLength, &list, &failure)
	if err := check(status, failure); err != nil {
		return nil, err
	}
	defer C.imagegate_scan_profiles_free(list)
	profiles := make([]*ScanProfile, int(C.imagegate_scan_profiles_count(list)))
	for i := range profiles {
		profile, err := cloneScanProfile(C.imagegate_scan_profiles_at(list, C.size_t(i)))
		if err != nil {
			return nil, err
		}
		profiles[i] = profile
	}
	return profiles, nil
}

func newScanProfile(profile *C.imagegate_scan_profile) *ScanProfile {
	scanned := &ScanProfile{}
	scanned.handle.own(profile, func(profile *C.imagegate_scan_profile) { C.imagegate_scan_profile_free(profile) })
	return scanned
}

func cloneScanProfile(profile *C.imagegate_scan_profile) (*ScanProfile, error) {
	var clone *C.imagegate_scan_profile
	var failure *C.imagegate_error
	if err := check(C.imagegate_scan_profile_clone(profile, &clone, &failure), failure); err != nil {
		return nil, err
	}
	return newScanProfile(clone), nil
}

func (p *ScanProfile) use() (*C.imagegate_scan_profile, error) {
	if p == nil {
		return nil, nilArgument("profile")
	}
	return p.handle.use()
}

// Merge makes one profile from two of the same image, of two scanners for example. Profiles that state different
// identities are [ErrImageMismatch].
func (p *ScanProfile) Merge(other *ScanProfile) (*ScanProfile, error) {
	// A handle of its own, so that the locks of two profiles are never held together.
	second, err := other.clone()
	if err != nil {
		return nil, err
	}
	defer second.Close()
	profile, err := p.use()
	if err != nil {
		return nil, err
	}
	defer p.handle.done()
	var merged *C.imagegate_scan_profile
	var failure *C.imagegate_error
	status := C.imagegate_scan_profile_merge(profile, second.handle.owned.pointer, &merged, &failure)
	if err := check(status, failure); err != nil {
		return nil, err
	}
	return newScanProfile(merged), nil
}

func (p *ScanProfile) clone() (*ScanProfile, error) {
	profile, err := p.use()
	if err != nil {
		return nil, err
	}
	defer p.handle.done()
	return cloneScanProfile(profile)
}

// JSON is the profile in imagegate's own form, on one line.
func (p *ScanProfile) JSON() (string, error) {
	profile, err := p.use()
	if err != nil {
		return "", err
	}
	defer p.handle.done()
	var json C.imagegate_buffer
	var failure *C.imagegate_error
	if err := check(C.imagegate_scan_profile_to_json(profile, &json, &failure), failure); err != nil {
		return "", err
	}
	return taken(&json), nil
}

// Close frees the profile. What was made of it stays valid.
func (p *ScanProfile) Close() error {
	if p != nil {
		p.handle.close()
	}
	return nil
}
