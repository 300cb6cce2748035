import { dirname } from "node:path";
import { quoteWord } from "./quote.js";

/** Exit statuses of the script; any other is that of a directory that can't be made. */
export const RECEIVE_STATUS = { exists: 17, noRoom: 28, broken: 29 } as const;

/**
 * A script for a POSIX shell that unpacks a compressed tar archive from its
 * standard input into a directory, which it makes where it is missing. It
 * leaves nothing where that fails, by itself: who started it may be gone.
 *
 * Where it fails for the archive or for lack of room, its standard output
 * has the last lines of `df -Pk` and `df -Pi`, and the KiB that had arrived.
 *
 * @param paths what is in the archive, relative to the directory
 * @param wantedKiB room that it takes; with less, the archive isn't looked at
 */
export function receiveScript(directory: string, paths: readonly string[], wantedKiB: number): string {
  const place = quoteWord(directory);
  const places = words(paths.map((path) => `${directory}/${path}`));
  const parents = words([
    ...ancestors(directory),
    directory,
    ...paths.flatMap((path) => ancestors(`${directory}/${path}`)),
  ]);
  return `trap : HUP INT TERM
trap '' PIPE
umask 022
set --
for path in ${parents}; do [ -e "$path" ] || set -- "$path" "$@"; done
mkdir -p -- ${place} || exit 1
for path in ${places}; do
  if [ -e "$path" ] || [ -L "$path" ]; then echo "$path" >&2; exit ${RECEIVE_STATUS.exists}; fi
done
give_up() {
  trap '' HUP INT TERM
  status=$1
  shift
  df -Pk ${place} | tail -n 1
  df -Pi ${place} 2>/dev/null | tail -n 1
  du -sk -- ${places} 2>/dev/null | { sum=0; while read -r kib rest; do sum=$((sum + kib)); done; echo "$sum"; }
  rm -rf -- ${places}
  for path in "$@"; do rmdir -- "$path" 2>/dev/null; done
  exit "$status"
}
room=$(df -Pk ${place} | tail -n 1 | awk '{ print $4 }')
[ "\${room:-0}" -ge ${wantedKiB} ] || give_up ${RECEIVE_STATUS.noRoom} "$@"
LC_ALL=C tar -xzof - -C ${place} || give_up ${RECEIVE_STATUS.broken} "$@"
`;
}

function words(texts: readonly string[]): string {
  return [...new Set(texts)].map(quoteWord).join(" ");
}

/** The directories above a path, the uppermost first. */
function ancestors(path: string): string[] {
  const above = dirname(path);
  return above === path ? [] : [...ancestors(above), above];
}
