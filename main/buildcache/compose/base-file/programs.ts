import { normalPath } from '../../../layer/listing.ts'
import { readElfHeader } from '../../../relocate/elf-file.ts'

/** Bytes of a file's beginning that hold an ELF header. */
export const headerLength = 64

/** `e_machine` → Go's name, for 64 bits; the numbers are those of the System V ABI. */
const wideMachines: ReadonlyMap<number, string> = new Map([
  [22, 's390x'],
  [62, 'amd64'],
  [183, 'arm64'],
  [243, 'riscv64'],
  [258, 'loong64'],
])
const narrowMachines: ReadonlyMap<number, string> = new Map([
  [3, '386'],
  [40, 'arm'],
])
const powerPc64 = 21

/** For which processors the files of a system are, by the headers of its programs. */
export class ProgramCount {
  private readonly programs = new Map<string, number>()
  private readonly others = new Map<string, number>()

  /** A file with at least its first `headerLength` bytes, where it has so many. */
  add(path: string, start: Buffer): void {
    const architecture = architectureOf(start)
    if (architecture === undefined) return
    const counts = /^(?:usr\/)?s?bin\/[^/]+$/.test(normalPath(path)) ? this.programs : this.others
    counts.set(architecture, (counts.get(architecture) ?? 0) + 1)
  }

  /**
   * What most programs are for: libraries may be there for a second architecture, firmware and boot loaders for others
   * still. Where there are no programs in the usual folders, what most ELF files are for; undefined where there are none.
   */
  architecture(): string | undefined {
    return mostCommon(this.programs) ?? mostCommon(this.others)
  }
}

function architectureOf(start: Buffer): string | undefined {
  const source = { size: start.length, read: (offset: number, into: Buffer) => start.copy(into, 0, offset) }
  const header = readElfHeader(source)
  if (!header) return undefined
  const { machine, layout } = header
  if (machine === powerPc64) return layout.littleEndian ? 'ppc64le' : 'ppc64'
  return (layout.wide ? wideMachines : narrowMachines).get(machine)
}

function mostCommon(counts: ReadonlyMap<string, number>): string | undefined {
  const sorted = [...counts].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
  return sorted[0]?.[0]
}
