import { readFileSync } from 'node:fs'
import { chmod, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { askSpack, canAsk } from '../../../main/spack/ask.ts'
import { openInstance, type SpackInstance } from '../../../main/spack/instances.ts'
import { folderWith, instanceWith, refusal } from './fixtures.ts'

/** A Spack whose `bin/spack` is this shell script, run in its own folder. */
async function spackThat(script: string): Promise<SpackInstance> {
  const root = await folderWith({ 'bin/spack': `#!/bin/sh\ncd "$(dirname "$0")/.."\n${script}\n` })
  await chmod(join(root, 'bin/spack'), 0o755)
  return openInstance(root, { env: { PATH: process.env.PATH, SPACK_ENV: 'mine' } })
}

const question = { lists: [['a'], ['b']] }

describe('asking Spack', () => {
  it('takes its answer from between everything else that it prints', async () => {
    const answer = {
      modifications: [
        [
          ['prepend', 'PATH', '/a/bin', ':'],
          ['set', 'HOME_OF_A', '/a', ':'],
          ['odd', 'X', '', ''],
        ],
        null,
      ],
      redistributable: { a: true, b: null },
    }
    const spack = await spackThat(
      `cat > question; echo "$SPACK_ENV|$*" > called; echo noise; echo "--strata-answer--"'${JSON.stringify(answer)}'"--strata-answer--"; echo more`,
    )
    const { modifications, redistributable } = await askSpack(spack, {
      ...question,
      environment: join(spack.root, 'env'),
    })
    expect(modifications).toEqual([
      [
        { op: 'prepend', name: 'PATH', value: '/a/bin', separator: ':' },
        { op: 'set', name: 'HOME_OF_A', value: '/a', separator: ':' },
      ],
      undefined,
    ])
    expect([...redistributable]).toEqual([['a', true]])
    expect(JSON.parse(await readFile(join(spack.root, 'question'), 'utf8'))).toMatchObject({ lists: [['a'], ['b']] })
    expect(await readFile(join(spack.root, 'called'), 'utf8')).toMatch(/^\|--color=never python -c /)
  })

  it('names the environment when Spack has used it before', async () => {
    const spack = await spackThat('echo "$*" > called; exit 1')
    await mkdir(join(spack.root, 'env/.spack-env'), { recursive: true })
    await refusal(askSpack(spack, { ...question, environment: join(spack.root, 'env') }))
    expect(await readFile(join(spack.root, 'called'), 'utf8')).toContain(
      `--color=never -D ${spack.root}/env python -c `,
    )
  })

  it('gives the end of what Spack said when it fails', async () => {
    const error = await refusal(askSpack(await spackThat('echo "==> Error: broken" >&2; exit 3'), question))
    expect(error).toMatchObject({
      code: 'spack-failed',
      message: expect.stringMatching(/ended with 3\n==> Error: broken/),
    })
  })

  it.each([
    ['nothing', 'cat > /dev/null'],
    ['words', 'echo hello'],
    ['half an answer', 'echo "--strata-answer--{"'],
  ])('refuses %s as an answer', async (_what, script) => {
    expect(await refusal(askSpack(await spackThat(script), question))).toMatchObject({ code: 'spack-failed' })
  })

  it('ends the whole process group when it takes too long', async () => {
    const spack = await spackThat('sleep 60 & echo $! > child; wait')
    const error = await refusal(askSpack(spack, { ...question, timeout: 500 }))
    expect(error).toMatchObject({ code: 'spack-failed', message: expect.stringContaining('too long') })
    await hasEnded(Number(await readFile(join(spack.root, 'child'), 'utf8')))
  })

  it('ends it when it is cancelled', async () => {
    const spack = await spackThat('sleep 60 & echo $! > child; wait')
    const asked = refusal(askSpack(spack, { ...question, signal: AbortSignal.timeout(500) }))
    expect(await asked).toMatchObject({ code: 'cancelled' })
    await hasEnded(Number(await readFile(join(spack.root, 'child'), 'utf8')))
  })

  it('does not ask a Spack below a sysroot', async () => {
    const instance = await instanceWith({})
    expect(canAsk(instance)).toBe(false)
    expect(await refusal(askSpack(instance, question))).toMatchObject({ code: 'spack-failed' })
  })
})

async function hasEnded(pid: number): Promise<void> {
  for (let tries = 0; tries < 50 && isRunning(pid); tries += 1) await sleep(20)
  expect(isRunning(pid)).toBe(false)
}

/** A process that has ended but that nobody waits for in this container is not running. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^State:\s*Z/m.test(readStatus(pid))
  } catch {
    return false
  }
}

function readStatus(pid: number): string {
  return readFileSync(`/proc/${pid}/status`, 'utf8')
}
