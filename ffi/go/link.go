//go:build !imagegate_static

package imagegate

// #cgo pkg-config: imagegate
import "C"
