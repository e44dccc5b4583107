package imagegate

// #include "boundary.h"
import "C"

// Launch is the parameters with which one container is about to start. It never changes.
type Launch struct {
	handle    handle[C.imagegate_launch]
	container string
}

// ParseLaunch reads how one container is about to start: Docker's create body or inspection, an OCI config.json, a CRI
// configuration, a pod or workload of Kubernetes, an AdmissionReview, or imagegate's own launch document. A document
// with several launches is an error here: see [ParseLaunches].
func ParseLaunch(document []byte, options ...Option) (*Launch, error) {
	data, length := bytes(document)
	format, formatLength := formatOf(options)
	var launch *C.imagegate_launch
	var failure *C.imagegate_error
	status := C.imagegate_launch_parse(data, length, format, formatLength, &launch, &failure)
	if err := check(status, failure); err != nil {
		return nil, err
	}
	return newLaunch(launch), nil
}

// ParseLaunchFor is [ParseLaunch] for an image that the caller names: by its id ("sha256:" and 64 hexadecimal digits)
// or by a reference. It completes what the document says (a create request names the image, the runtime knows its
// id); contradicting it is [ErrImageMismatch].
func ParseLaunchFor(image string, document []byte, options ...Option) (*Launch, error) {
	name, nameLength := bytes([]byte(image))
	data, length := bytes(document)
	format, formatLength := formatOf(options)
	var launch *C.imagegate_launch
	var failure *C.imagegate_error
	status := C.imagegate_launch_parse_for(
		name, nameLength, data, length, format, formatLength, &launch, &failure)
	if err := check(status, failure); err != nil {
		return nil, err
	}
	return newLaunch(launch), nil
}

// ParseLaunches is [ParseLaunch] for a document with one launch or several (the containers of a pod).
func ParseLaunches(document []byte, options ...Option) ([]*Launch, error) {
	data, length := bytes(document)
	format, formatLength := formatOf(options)
	var list *C.imagegate_launches
	var failure *C.imagegate_error
	status := C.imagegate_launches_parse(data, length, format, formatLength, &list, &failure)
	if err := check(status, failure); err != nil {
		return nil, err
	}
	defer C.imagegate_launches_free(list)
	launches := make([]*Launch, int(C.imagegate_launches_count(list)))
	for i := range launches {
		var clone *C.imagegate_launch
		status := C.imagegate_launch_clone(C.imagegate_launches_at(list, C.size_t(i)), &clone, &failure)
		if err := check(status, failure); err != nil {
			return nil, err
		}
		launches[i] = newLaunch(clone)
	}
	return launches, nil
}

func newLaunch(launch *C.imagegate_launch) *Launch {
	start := &Launch{container: text(C.imagegate_launch_container(launch))}
	start.handle.own(launch, func(launch *C.imagegate_launch) { C.imagegate_launch_free(launch) })
	return start
}

func (l *Launch) use() (*C.imagegate_launch, error) {
	if l == nil {
		return nil, nilArgument("launch")
	}
	return l.handle.use()
}

// Container is the name of the container, "" if the document has none.
func (l *Launch) Container() string {
	return l.container
}

// JSON is the launch in imagegate's own form, on one line.
func (l *Launch) JSON() (string, error) {
	launch, err := l.use()
	if err != nil {
		return "", err
	}
	defer l.handle.done()
	var json C.imagegate_buffer
	var failure *C.imagegate_error
	if err := check(C.imagegate_launch_to_json(launch, &json, &failure), failure); err != nil {
		return "", err
	}
	return taken(&json), nil
}

// Close frees the launch. What was decided of it stays valid.
func (l *Launch) Close() error {
	if l != nil {
		l.handle.close()
	}
	return nil
}
