package imagegate

// #include "boundary.h"
import "C"

import (
	"runtime"
	"sync"
	"time"
	"unsafe"
)

// handle holds something of the library until it is closed. Calls use it under a read lock, so that closing waits for
// them.
//
// No call holds the locks of two handles of the same type, and handles of different types are locked in one order
// (gate, policy set, assessment, profile, launch): a goroutine that closes cannot come between two that wait for each
// other.
type handle[T any] struct {
	mutex sync.RWMutex
	owned *owned[T]
}

// owned is what the finalizer frees if nobody closed: it refers to nothing, so nothing keeps it from being collected.
type owned[T any] struct {
	pointer *T
	free    func(*T)
}

func (o *owned[T]) release() {
	o.free(o.pointer)
}

// own takes over what the library handed out.
func (h *handle[T]) own(pointer *T, free func(*T)) {
	h.owned = &owned[T]{pointer: pointer, free: free}
	runtime.SetFinalizer(h.owned, (*owned[T]).release)
}

// use gives the pointer for one call; done must follow.
func (h *handle[T]) use() (*T, error) {
	h.mutex.RLock()
	if h.owned == nil {
		h.mutex.RUnlock()
		return nil, ErrClosed
	}
	return h.owned.pointer, nil
}

func (h *handle[T]) done() {
	h.mutex.RUnlock()
	// Not before the call is over.
	runtime.KeepAlive(h)
}

func (h *handle[T]) close() {
	h.mutex.Lock()
	owned := h.owned
	h.owned = nil
	h.mutex.Unlock()
	if owned != nil {
		runtime.SetFinalizer(owned, nil)
		owned.release()
	}
}

// bytes are a text as C takes it; the library copies it before the call returns.
func bytes(text []byte) (*C.char, C.size_t) {
	if len(text) == 0 {
		return nil, 0
	}
	return (*C.char)(unsafe.Pointer(&text[0])), C.size_t(len(text))
}

// text is a copy of a borrowed text.
func text(borrowed C.imagegate_str) string {
	return copied(borrowed.data, borrowed.len)
}

// taken is a copy of a buffer, which is freed.
func taken(buffer *C.imagegate_buffer) string {
	defer C.imagegate_buffer_free(buffer)
	return copied(buffer.data, buffer.len)
}

// copied does not go through C.GoStringN, whose length is 32 bits wide.
func copied(data *C.char, length C.size_t) string {
	if length == 0 {
		return ""
	}
	return string(unsafe.Slice((*byte)(unsafe.Pointer(data)), int(length)))
}

// instant is a time as C takes it. The zero time is one that nobody set: no policy would be on yet.
func instant(now time.Time) (C.int64_t, C.uint32_t, error) {
	if now.IsZero() {
		return 0, 0, newError(ErrInvalidArgument, "invalid_time", "`now` is the zero time")
	}
	return C.int64_t(now.Unix()), C.uint32_t(now.Nanosecond()), nil
}
