package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/containerd/ttrpc"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// callAll makes a call of every sort and fails at the first answer that is wrong.
func callAll(socket string) error {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return err
	}
	client := ttrpc.NewClient(conn)
	defer client.Close()
	checks := []struct {
		name  string
		check func(*ttrpc.Client) error
	}{
		{"unary", checkUnary},
		{"a large message", checkLarge},
		{"concurrent calls", checkConcurrent},
		{"an error", checkError},
		{"an unknown method", checkUnimplemented},
		{"metadata", checkMetadata},
		{"a deadline", checkDeadline},
		{"a server's stream", checkCount},
		{"a client's stream", checkSum},
		{"both streams", checkConverse},
		{"a message beyond the limit", checkOversized},
	}
	for _, each := range checks {
		if err := each.check(client); err != nil {
			return fmt.Errorf("%s: %w", each.name, err)
		}
		fmt.Println("ok", each.name)
	}
	return nil
}

func callUpper(client *ttrpc.Client, text string) error {
	var answer wrapperspb.StringValue
	if err := client.Call(context.Background(), serviceName, "Upper", wrapperspb.String(text), &answer); err != nil {
		return err
	}
	if answer.Value != strings.ToUpper(text) {
		return fmt.Errorf("got %d bytes %.20q", len(answer.Value), answer.Value)
	}
	return nil
}

func checkUnary(client *ttrpc.Client) error {
	return errors.Join(callUpper(client, "hello"), callUpper(client, ""))
}

func checkLarge(client *ttrpc.Client) error {
	return callUpper(client, strings.Repeat("large", 800_000))
}

func checkConcurrent(client *ttrpc.Client) error {
	failures := make([]error, 200)
	var group sync.WaitGroup
	for index := range failures {
		group.Go(func() { failures[index] = callUpper(client, fmt.Sprint("call ", index)) })
	}
	group.Wait()
	return errors.Join(failures...)
}

func checkError(client *ttrpc.Client) error {
	failure := &spb.Status{Code: int32(codes.FailedPrecondition), Message: "not now"}
	err := client.Call(context.Background(), serviceName, "Fail", failure, &wrapperspb.StringValue{})
	return expectCode(err, codes.FailedPrecondition, "not now")
}

func checkUnimplemented(client *ttrpc.Client) error {
	err := client.Call(context.Background(), serviceName, "Nothing", wrapperspb.String(""), &wrapperspb.StringValue{})
	return expectCode(err, codes.Unimplemented, "Nothing")
}

func checkMetadata(client *ttrpc.Client) error {
	metadata := ttrpc.MD{}
	metadata.Set("Some-Key", "one", "two")
	var answer fieldmaskpb.FieldMask
	ctx := ttrpc.WithMetadata(context.Background(), metadata)
	if err := client.Call(ctx, serviceName, "Inspect", wrapperspb.String("some-key"), &answer); err != nil {
		return err
	}
	if strings.Join(answer.Paths, " ") != "one two" {
		return fmt.Errorf("got %v", answer.Paths)
	}
	return nil
}

func checkDeadline(client *ttrpc.Client) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var answer fieldmaskpb.FieldMask
	if err := client.Call(ctx, serviceName, "Inspect", wrapperspb.String("deadline"), &answer); err != nil {
		return err
	}
	var remaining int
	if _, err := fmt.Sscan(strings.Join(answer.Paths, " "), &remaining); err != nil {
		return err
	}
	if remaining < 50_000 || remaining > 60_000 {
		return fmt.Errorf("the server sees %d ms", remaining)
	}
	return nil
}

func checkCount(client *ttrpc.Client) error {
	stream, err := client.NewStream(context.Background(), &ttrpc.StreamDesc{StreamingServer: true}, serviceName, "Count",
		wrapperspb.Int64(500))
	if err != nil {
		return err
	}
	for expected := int64(1); ; expected++ {
		var number wrapperspb.Int64Value
		err := stream.RecvMsg(&number)
		if errors.Is(err, io.EOF) && expected == 501 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("after %d: %w", expected-1, err)
		}
		if number.Value != expected {
			return fmt.Errorf("got %d for %d", number.Value, expected)
		}
	}
}

func checkSum(client *ttrpc.Client) error {
	stream, err := client.NewStream(context.Background(), &ttrpc.StreamDesc{StreamingClient: true}, serviceName, "Sum", nil)
	if err != nil {
		return err
	}
	for value := int64(1); value <= 300; value++ {
		if err := stream.SendMsg(wrapperspb.Int64(value)); err != nil {
			return err
		}
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	var total wrapperspb.Int64Value
	if err := stream.RecvMsg(&total); err != nil {
		return err
	}
	if total.Value != 45150 {
		return fmt.Errorf("got %d", total.Value)
	}
	return nil
}

func checkConverse(client *ttrpc.Client) error {
	desc := &ttrpc.StreamDesc{StreamingClient: true, StreamingServer: true}
	stream, err := client.NewStream(context.Background(), desc, serviceName, "Converse", nil)
	if err != nil {
		return err
	}
	for _, text := range []string{"one", "", "three"} {
		if err := stream.SendMsg(wrapperspb.String(text)); err != nil {
			return err
		}
		var answer wrapperspb.StringValue
		if err := stream.RecvMsg(&answer); err != nil {
			return err
		}
		if answer.Value != strings.ToUpper(text) {
			return fmt.Errorf("got %q for %q", answer.Value, text)
		}
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	if err := stream.RecvMsg(&wrapperspb.StringValue{}); !errors.Is(err, io.EOF) {
		return fmt.Errorf("got %v for the end", err)
	}
	return nil
}

func checkOversized(client *ttrpc.Client) error {
	err := client.Call(context.Background(), serviceName, "Upper", wrapperspb.String(strings.Repeat("x", 5<<20)),
		&wrapperspb.StringValue{})
	if err := expectCode(err, codes.ResourceExhausted, ""); err != nil {
		return err
	}
	return callUpper(client, "still there")
}

func expectCode(err error, code codes.Code, text string) error {
	if status.Code(err) != code || !strings.Contains(err.Error(), text) {
		return fmt.Errorf("got %w", err)
	}
	return nil
}
