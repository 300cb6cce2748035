package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/containerd/ttrpc"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// serve answers until it is killed; it says when it listens.
func serve(socket string) error {
	server, err := ttrpc.NewServer()
	if err != nil {
		return err
	}
	server.RegisterService(serviceName, &ttrpc.ServiceDesc{
		Methods: map[string]ttrpc.Method{
			"Upper":   upper,
			"Fail":    failAsAsked,
			"Inspect": inspect,
			"Hang":    hang,
		},
		Streams: map[string]ttrpc.Stream{
			"Count":    {Handler: count, StreamingServer: true},
			"Sum":      {Handler: sum, StreamingClient: true},
			"Converse": {Handler: converse, StreamingClient: true, StreamingServer: true},
		},
	})
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	fmt.Println("listening")
	return server.Serve(context.Background(), listener)
}

func upper(_ context.Context, unmarshal func(any) error) (any, error) {
	var text wrapperspb.StringValue
	if err := unmarshal(&text); err != nil {
		return nil, err
	}
	return wrapperspb.String(strings.ToUpper(text.Value)), nil
}

func failAsAsked(_ context.Context, unmarshal func(any) error) (any, error) {
	var failure spb.Status
	if err := unmarshal(&failure); err != nil {
		return nil, err
	}
	return nil, status.ErrorProto(&failure)
}

func inspect(ctx context.Context, unmarshal func(any) error) (any, error) {
	var text wrapperspb.StringValue
	if err := unmarshal(&text); err != nil {
		return nil, err
	}
	if text.Value != "deadline" {
		metadata, _ := ttrpc.GetMetadata(ctx)
		values, _ := metadata.Get(text.Value)
		return &fieldmaskpb.FieldMask{Paths: values}, nil
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		return &fieldmaskpb.FieldMask{}, nil
	}
	remaining := strconv.FormatInt(time.Until(deadline).Milliseconds(), 10)
	return &fieldmaskpb.FieldMask{Paths: []string{remaining}}, nil
}

func hang(ctx context.Context, unmarshal func(any) error) (any, error) {
	var text wrapperspb.StringValue
	if err := unmarshal(&text); err != nil {
		return nil, err
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

func count(_ context.Context, stream ttrpc.StreamServer) (any, error) {
	var limit wrapperspb.Int64Value
	if err := stream.RecvMsg(&limit); err != nil {
		return nil, err
	}
	for value := int64(1); value <= limit.Value; value++ {
		if err := stream.SendMsg(wrapperspb.Int64(value)); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func sum(_ context.Context, stream ttrpc.StreamServer) (any, error) {
	total := int64(0)
	for {
		var number wrapperspb.Int64Value
		if err := stream.RecvMsg(&number); errors.Is(err, io.EOF) {
			return wrapperspb.Int64(total), nil
		} else if err != nil {
			return nil, err
		}
		total += number.Value
	}
}

func converse(_ context.Context, stream ttrpc.StreamServer) (any, error) {
	for {
		var text wrapperspb.StringValue
		if err := stream.RecvMsg(&text); errors.Is(err, io.EOF) {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
		if err := stream.SendMsg(wrapperspb.String(strings.ToUpper(text.Value))); err != nil {
			return nil, err
		}
	}
}
