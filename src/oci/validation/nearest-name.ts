/**
 * The known name that a person most likely meant: equal but for the case of
 * its letters, or within a third of its length in edits (insertions,
 * deletions, substitutions and swaps of neighbours, each counted once).
 *
 * @returns undefined where none is near
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let least = Infinity;
  for (const candidate of known) {
    const longest = Math.max(name.length, candidate.length);
    const allowed = Math.max(1, Math.floor(longest / 3));
    if (Math.abs(name.length - candidate.length) > allowed || longest > 64) continue;
    const edits = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (edits <= allowed && edits < longest && edits < least) {
      nearest = candidate;
      least = edits;
    }
  }
  return nearest;
}

/** Optimal string alignment distance. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let edits = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + (same ? 0 : 1));
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        edits = Math.min(edits, at(beforeLast, column - 2) + 1);
      }
      current.push(edits);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
