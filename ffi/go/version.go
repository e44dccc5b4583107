package imagegate

// #include "boundary.h"
import "C"

// Version is the version of the C library that is linked, such as "0.1.0".
func Version() string {
	return text(C.imagegate_version())
}
