// Package imagegate decides, at the moment a container is about to start, whether the start is intercepted, only
// alarmed, or allowed: from what scanners know of the image, from how the container is launched, and from the
// operator's policies. It wraps the C library libimagegate.
//
// Policies are parsed once, and assessed once for each image; every launch of the image is then decided in well under
// a microsecond:
//
//	policies, err := imagegate.ParsePolicySet(policyDocument)
//	profile, err := imagegate.ParseScanProfile(report)
//	assessment, err := policies.Assess(profile)
//	launch, err := imagegate.ParseLaunch(createBody)
//	decision, err := assessment.Decide(launch, time.Now())
//
// A [Gate] is the same for an agent that runs for long: it holds the profiles of many images, and its policies can be
// swapped while other goroutines decide.
//
// # What cannot read as allow
//
// A call that fails decided nothing: whoever asked must not let the container start. The zero [Action] is [Intercept],
// so that a [Decision] that nobody filled in does not allow either. An image that nobody scanned is judged by
// [PolicySet.AssessUnscanned] and by nothing else, a nil profile is an error. The zero time is no time to decide at.
//
// # Errors
//
// Errors of the library are of type [*Error], for errors.As, and of one of the kinds ErrSyntax to ErrInternal, for
// errors.Is.
//
// # Memory and goroutines
//
// All types may be used by any number of goroutines at once. Close frees what the library holds; it waits for calls
// that are under way, later calls return [ErrClosed], and closing twice does nothing. What is forgotten is freed when
// it is collected, but the garbage collector sees only how little memory Go holds: close what you no longer need. No
// call takes anything over: a profile can be closed when it is assessed. A [Decision] is a plain value with nothing to
// close.
//
// # Linking
//
// The library is found by pkg-config (PKG_CONFIG_PATH names the folder if it is not a standard one). With the build
// tag imagegate_static its archive is linked into the program. The Go build cache does not notice when a C library
// was built anew: go build -a links what is there.
package imagegate
