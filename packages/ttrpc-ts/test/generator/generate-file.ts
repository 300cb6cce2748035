import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { spawnSync } from "node:child_process";
import { readFileSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import t from "tap";
import { generateFile } from "../../src/generator/generate-file.js";

const packageRoot = join(import.meta.dirname, "../..");
const buf = createRequire(import.meta.url).resolve("@bufbuild/buf/bin/buf");

/** Generates from .proto files as protoc would describe them. */
function generate(directory: string, name: string, runtime: string): string {
  const { stdout, stderr, status } = spawnSync(buf, ["build", directory, "-o", "-"], { maxBuffer: 1 << 24 });
  if (status !== 0) throw new Error(`buf build: ${stderr.toString()}`);
  const file = createFileRegistry(fromBinary(FileDescriptorSetSchema, stdout)).getFile(name);
  if (!file) throw new Error(`no ${name}`);
  return generateFile(file, runtime);
}

t.test("the committed code is what the generator writes", async (t) => {
  const read = (path: string): string => readFileSync(join(packageRoot, path), "utf8");
  const own = generate(join(packageRoot, "proto"), "ttrpc.proto", "../message.js");
  t.equal(own, read("src/gen/ttrpc_pb.ts"));
  const echo = generate(join(packageRoot, "test/proto"), "echo.proto", "../../../src/lite.js");
  t.equal(echo, read("test/gen/lite/echo_pb.ts"));
});

t.test("types of other files are imported from what is generated for them", async (t) => {
  const directory = t.testdir();
  mkdirSync(join(directory, "a/b"), { recursive: true });
  writeFileSync(
    join(directory, "a/b/user.proto"),
    `syntax = "proto3"; package user; import "a/shared.proto"; import "a/b/near.proto"; import "google/protobuf/empty.proto";
     message User { shared.Thing thing = 1; near.Kind kind = 2; map<string, shared.Thing> things = 3; }
     service Users { rpc Look(User) returns (shared.Thing); rpc Forget(google.protobuf.Empty) returns (google.protobuf.Empty); }`,
  );
  writeFileSync(join(directory, "a/shared.proto"), `syntax = "proto3"; package shared; message Thing {}`);
  writeFileSync(
    join(directory, "a/b/near.proto"),
    `syntax = "proto3"; package near; enum Kind { KIND_NONE = 0; /* ends with *\\/ */ KIND_SOME = 1; }`,
  );
  const source = generate(directory, "a/b/user.proto", "ttrpc-ts/lite");
  t.match(source, 'import { MessageCodec, type ServiceDefinition } from "ttrpc-ts/lite";');
  t.match(source, 'import { ThingCodec, type Thing } from "../shared_pb.js";');
  t.match(source, 'import { type Kind } from "./near_pb.js";');
  t.match(source, 'import { EmptyCodec } from "../../google/protobuf/empty_pb.js";');
  t.match(source, '[2, "kind", [0, 1]]');
  t.match(generate(directory, "a/shared.proto", "x"), "export interface Thing {}");
  t.match(generate(directory, "a/b/near.proto", "x"), /export const Kind = \{\n  NONE: 0,/);
});
