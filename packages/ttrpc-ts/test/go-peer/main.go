// Serves and calls the tests' Echo service with containerd's own ttrpc, so
// that packages/ttrpc-ts is tested against the implementation that its users
// will meet.
//
// The messages are well-known ones with the same fields: StringValue for Text,
// Int64Value for Number, google.rpc.Status for Failure, FieldMask for Inspection.
package main

import (
	"fmt"
	"os"
)

const serviceName = "ttrpcts.test.Echo"

func main() {
	if len(os.Args) != 3 {
		fail(fmt.Errorf("usage: go-peer server|client SOCKET"))
	}
	var err error
	switch os.Args[1] {
	case "server":
		err = serve(os.Args[2])
	case "client":
		err = callAll(os.Args[2])
	default:
		err = fmt.Errorf("unknown role %q", os.Args[1])
	}
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
