import { Command } from "commander";
import t from "tap";
import { goStyleArguments } from "../../../src/host/cli/go-style-arguments.js";

function program(): Command {
  const command = new Command("top").option("--root <dir>").option("--debug").option("-v, --version");
  command.command("exec").option("-t, --tty").option("-e, --env <pair>").option("--pid-file <file>");
  return command;
}

t.test("goStyleArguments() gives long options their second dash, before and after the command", (t) => {
  const rewritten = (...args: string[]): string[] => goStyleArguments(program(), args);
  t.strictSame(rewritten("-root", "/r", "-debug", "exec", "-pid-file=p", "-tty", "id"), [
    ...["--root", "/r", "--debug", "exec", "--pid-file=p", "--tty", "id"],
  ]);
  t.strictSame(rewritten("-version"), ["--version"]);
  t.strictSame(rewritten("-v"), ["-v"]);
  t.strictSame(rewritten("exec", "-help"), ["exec", "--help"]);
  t.end();
});

t.test("goStyleArguments() leaves everything from the first operand on", (t) => {
  const args = ["exec", "-t", "id", "ls", "-tty", "-pid-file=x"];
  t.strictSame(goStyleArguments(program(), args), args);
  t.strictSame(goStyleArguments(program(), ["exec", "--", "-tty"]), ["exec", "--", "-tty"]);
  t.end();
});

t.test("goStyleArguments() doesn't take values for options", (t) => {
  const args = ["--root", "-debug", "exec", "-e", "-tty", "id"];
  t.strictSame(goStyleArguments(program(), args), args);
  t.end();
});

t.test("goStyleArguments() knows true and false", (t) => {
  t.strictSame(goStyleArguments(program(), ["--debug=true", "exec", "-tty=false", "-t=true", "id"]), [
    ...["--debug", "exec", "-t", "id"],
  ]);
  t.strictSame(goStyleArguments(program(), ["--debug=maybe"]), ["--debug=maybe"], "for commander to refuse");
  t.end();
});

t.test("goStyleArguments() leaves what it doesn't know", (t) => {
  const args = ["--unknown", "-x=1", "nonsense", "-root"];
  t.strictSame(goStyleArguments(program(), args), args);
  t.strictSame(goStyleArguments(program(), ["-root"]), ["--root"]);
  t.strictSame(goStyleArguments(program(), []), []);
  t.end();
});
