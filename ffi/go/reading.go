package imagegate

// #include "boundary.h"
import "C"

// An Option says how a document of others is read.
type Option func(*reading)

type reading struct {
	format []byte
}

// WithFormat names the format of a document, such as "trivy" or "docker-create". Without it the format is recognised
// by the shape of the document.
func WithFormat(name string) Option {
	return func(r *reading) { r.format = []byte(name) }
}

// formatOf is the format as C takes it; NULL is to recognise it.
func formatOf(options []Option) (*C.char, C.size_t) {
	var r reading
	for _, option := range options {
		option(&r)
	}
	return bytes(r.format)
}
