/**
 * How fast packages are packed, against the floor: `tar | pigz -6` of the same prefixes into one file, side by side.
 *
 *     tsx test/bench/pack.ts [--runs N] [--level N] [--gigabytes N] [PREFIX…]
 *
 * Without prefixes it packs a package that it generates: 0.1 GB, or as many as are asked for.
 */
import { execFileSync } from 'node:child_process'
import { createHash, randomFillSync } from 'node:crypto'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildWorker } from '../../app/build/worker.ts'
import { createWorkerPool } from '../../main/workers/pool.ts'

/** Seconds on the clock, seconds of processor time (user and system), bytes written. */
interface Cost {
  readonly wall: number
  readonly cpu: number
  readonly bytes: number
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string' }, level: { type: 'string' }, gigabytes: { type: 'string' } },
})
const runs = Number(values.runs ?? 5)
const level = values.level === undefined ? undefined : Number(values.level)
const threads = availableParallelism()
const folder = mkdtempSync(join(tmpdir(), 'strata-bench-'))
try {
  const prefixes = positionals.length > 0 ? positionals : [generate(Number(values.gigabytes ?? 0.1) * 1e9)]
  const worker = join(folder, 'worker.mjs')
  await buildWorker(worker)
  const ours: Cost[] = []
  const floor: Cost[] = []
  for (let run = 0; run < runs; run++) {
    floor.push(tarAndPigz(prefixes))
    ours.push(await packAll(worker, prefixes))
  }
  report(ours, floor)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** A fresh pool each time: starting its threads is part of the cost. */
async function packAll(worker: string, prefixes: readonly string[]): Promise<Cost> {
  const cpuBefore = process.cpuUsage()
  const start = performance.now()
  const pool = createWorkerPool({ file: worker, threads })
  const layers = await Promise.all(
    prefixes.map((prefix) =>
      pool.pack({
        name: prefix,
        prefix,
        level,
        buildInfo: {
          sbangPath: join(dirname(prefix), 'bin/sbang'),
          storeRoot: dirname(prefix),
          spackRoot: dirname(prefix),
          hashToPrefix: { [createHash('md5').update(prefix).digest('hex')]: prefix },
        },
        spoolFolder: folder,
      }),
    ),
  )
  const wall = (performance.now() - start) / 1000
  await pool.close()
  const { user, system } = process.cpuUsage(cpuBefore)
  for (const { spoolFile } of layers) rmSync(spoolFile)
  return { wall, cpu: (user + system) / 1e6, bytes: layers.reduce((sum, layer) => sum + layer.size, 0) }
}

function tarAndPigz(prefixes: readonly string[]): Cost {
  const file = join(folder, 'floor.tar.gz')
  const script = `TIMEFORMAT='%R %U %S'; out=$1; shift; time tar -cPf - "$@" | pigz -6 -p ${threads} > "$out"`
  const times = execFileSync('bash', ['-c', `exec 2>&1; ${script}`, 'floor', file, ...prefixes], { encoding: 'utf8' })
  const [wall = 0, user = 0, system = 0] = times.trim().split(' ').map(Number)
  const bytes = statSync(file).size
  rmSync(file)
  return { wall, cpu: user + system, bytes }
}

/** One prefix: half of it does not compress, half of it does; one file in eight is large. Returns its path. */
function generate(bytes: number): string {
  const prefix = join(folder, 'store', 'generated-1.0')
  const noise = randomFillSync(Buffer.alloc(1 << 20))
  const words = Buffer.from(Array.from({ length: 200_000 }, (_, i) => `${(i * 7919) % 5003} `).join(''))
  const size = Math.round(bytes / 16 / 256) * 256
  for (let n = 0; n < 16; n++) {
    const folderOfFiles = join(prefix, `lib${n}`)
    mkdirSync(folderOfFiles, { recursive: true })
    const content = n % 2 === 0 ? noise : words
    const pieces = n % 8 < 2 ? 1 : 256
    for (let file = 0; file < pieces; file++) {
      const fd = openSync(join(folderOfFiles, `${file}.bin`), 'wx')
      for (let left = size / pieces; left > 0; left -= content.length) {
        content.writeUInt32LE((left ^ file) >>> 0, 0)
        writeSync(fd, content, 0, Math.min(left, content.length))
      }
      closeSync(fd)
    }
  }
  return prefix
}

function report(ours: readonly Cost[], floor: readonly Cost[]): void {
  const line = (name: string, costs: readonly Cost[]): Cost => {
    const middle = { wall: median(costs, 'wall'), cpu: median(costs, 'cpu'), bytes: median(costs, 'bytes') }
    const text = `${middle.wall.toFixed(2)} s wall, ${middle.cpu.toFixed(2)} s CPU, ${(middle.bytes / 1e6).toFixed(1)} MB`
    process.stdout.write(`${name.padEnd(14)} ${text}\n`)
    return middle
  }
  process.stdout.write(`${threads} threads, median of ${runs}\n`)
  const a = line('pack', ours)
  const b = line('tar | pigz -6', floor)
  const ratio = (key: keyof Cost): string => (a[key] / b[key]).toFixed(2)
  process.stdout.write(`ratio          ${ratio('wall')} wall, ${ratio('cpu')} CPU, ${ratio('bytes')} bytes\n`)
  process.stdout.write(`peak memory    ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB\n`)
}

function median(costs: readonly Cost[], key: keyof Cost): number {
  return costs.map((cost) => cost[key]).sort((a, b) => a - b)[costs.length >> 1] ?? 0
}
