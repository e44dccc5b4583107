module github.com/imagegate/imagegate/ffi/go

go 1.19
