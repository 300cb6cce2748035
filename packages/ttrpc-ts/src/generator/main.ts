#!/usr/bin/env node
import { create, createFileRegistry, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  CodeGeneratorRequestSchema,
  CodeGeneratorResponse_Feature,
  CodeGeneratorResponseSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { readFileSync, writeFileSync } from "node:fs";
import { generateFile } from "./generate-file.js";

// A protoc plugin: reads a CodeGeneratorRequest from stdin and writes a CodeGeneratorResponse to stdout.
// Parameter: runtime=MODULE, where generated files import from; default "ttrpc-ts/lite".
const request = fromBinary(CodeGeneratorRequestSchema, readFileSync(0));
const runtime = /(?:^|,)runtime=([^,]+)/.exec(request.parameter)?.[1] ?? "ttrpc-ts/lite";
const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: request.protoFile }));
const files = request.fileToGenerate.map((name) => {
  const file = registry.getFile(name);
  if (file === undefined) throw new Error(`protoc asked for ${name} but did not describe it`);
  return { name: `${file.name}_pb.ts`, content: generateFile(file, runtime) };
});
const response = create(CodeGeneratorResponseSchema, {
  supportedFeatures: BigInt(CodeGeneratorResponse_Feature.PROTO3_OPTIONAL),
  file: files,
});
writeFileSync(1, toBinary(CodeGeneratorResponseSchema, response));
