package imagegate

// #include "boundary.h"
import "C"

import (
	"errors"
	"fmt"
)

// ErrClosed is returned by calls on something that was closed, or never made by this package.
var ErrClosed = errors.New("imagegate: used after Close")

// Kind is the class of an [Error]. Kinds are errors themselves, so that errors.Is(err, imagegate.ErrInvalidPolicy)
// asks for one.
type Kind uint32

// The kinds of errors. A later version may add some.
const (
	// ErrNullArgument: an argument is nil that must not be.
	ErrNullArgument Kind = 1
	// ErrInvalidUTF8: an argument is not UTF-8.
	ErrInvalidUTF8 Kind = 2
	// ErrInvalidArgument: an argument makes no sense, such as a zero time or an empty name.
	ErrInvalidArgument Kind = 3
	// ErrInternal: the library is at fault; nothing was decided.
	ErrInternal Kind = 4
	// ErrSyntax: the bytes are no JSON document, or not the format that was named.
	ErrSyntax Kind = 5
	// ErrInvalidPolicy: a policy document breaks its rules.
	ErrInvalidPolicy Kind = 6
	// ErrInvalidProfile: a scan profile or scanner report breaks its rules.
	ErrInvalidProfile Kind = 7
	// ErrInvalidLaunch: a launch document breaks its rules.
	ErrInvalidLaunch Kind = 8
	// ErrImageMismatch: launch and scan profile are about different images; nothing was decided.
	ErrImageMismatch Kind = 9
	// ErrLimitExceeded: an input is larger than its limit.
	ErrLimitExceeded Kind = 10
	// ErrUnsupported: a format or a version that this build cannot read.
	ErrUnsupported Kind = 11
	// ErrStorage: the event store failed.
	ErrStorage Kind = 12
)

// String is the name of the kind, such as "image_mismatch", as the command line and the other languages print it.
func (k Kind) String() string {
	name := C.imagegate_status_name(C.uint32_t(k))
	return C.GoStringN(name.data, C.int(name.len))
}

// Error makes a kind a target for errors.Is.
func (k Kind) Error() string {
	return "imagegate: " + k.String()
}

// Problem is one mistake in a document.
type Problem struct {
	// Code is a word that never changes, such as "unknown_field".
	Code string
	// Pointer says where, as a JSON Pointer into the document; "" is the document itself.
	Pointer string
	// Message says what was wrong and what would be right, in one line.
	Message string
	// Line and Column say where in the text, from 1; 0 if that is not known.
	Line, Column int
}

// Error is why a call failed: its first problem, and all of them.
type Error struct {
	// Kind is the class of the error.
	Kind Kind
	// Message is the first problem with its place, and how many more there are, in one line.
	Message string
	// Problem is the first problem.
	Problem
	// Problems are all problems in the order of the document; never none.
	Problems []Problem
}

// Error is the message, with the name of the package.
func (e *Error) Error() string {
	return "imagegate: " + e.Message
}

// Is tells whether target is the kind of the error.
func (e *Error) Is(target error) bool {
	kind, isKind := target.(Kind)
	return isKind && kind == e.Kind
}

// newError is an error of this package, not of the library.
func newError(kind Kind, code, message string) *Error {
	problem := Problem{Code: code, Message: message}
	return &Error{Kind: kind, Message: message, Problem: problem, Problems: []Problem{problem}}
}

func nilArgument(name string) error {
	return newError(ErrNullArgument, "null_argument", fmt.Sprintf("`%s` is nil", name))
}

// check copies the error of a call that failed, and frees it.
func check(status C.imagegate_status, failure *C.imagegate_error) error {
	if status == C.IMAGEGATE_STATUS_OK {
		return nil
	}
	defer C.imagegate_error_free(failure)
	count := int(C.imagegate_error_problem_count(failure))
	if count == 0 {
		return newError(Kind(status), Kind(status).String(), Kind(status).String())
	}
	problems := make([]Problem, count)
	for i := range problems {
		index := C.size_t(i)
		problems[i] = Problem{
			Code:    text(C.imagegate_error_problem_code(failure, index)),
			Pointer: text(C.imagegate_error_problem_pointer(failure, index)),
			Message: text(C.imagegate_error_problem_message(failure, index)),
			Line:    int(C.imagegate_error_problem_line(failure, index)),
			Column:  int(C.imagegate_error_problem_column(failure, index)),
		}
	}
	message := text(C.imagegate_error_message(failure))
	return &Error{Kind: Kind(status), Message: message, Problem: problems[0], Problems: problems}
}
