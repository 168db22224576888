import type { ChildProcessByStdio } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, it } from 'vitest'

const checkout = resolve(import.meta.dirname, '../..')
const needed = ['app', 'main', 'renderer', 'package.json', 'package-lock.json', 'vite.config.ts']

let folder: string
let clone: string

/** A fresh clone after `npm ci`: no dist. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-start-'))
  clone = join(folder, 'strata')
  for (const path of needed) await cp(join(checkout, path), join(clone, path), { recursive: true })
  await symlink(join(checkout, 'node_modules'), join(clone, 'node_modules'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What `npm start` runs, on a machine without a display. */
function start(...args: string[]): ChildProcessByStdio<null, Readable, Readable> {
  const env = { PATH: process.env.PATH, HOME: folder, STRATA_HOME: join(folder, 'home') }
  const program = [join(checkout, 'node_modules/tsx/dist/cli.mjs'), 'app/launch.ts', ...args]
  return spawn(process.execPath, program, { cwd: clone, env, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** The output up to and with the line that holds `words`; all of it when the program ends first. */
async function outputUntil(output: Readable, words: string): Promise<string> {
  let text = ''
  for await (const chunk of output.iterator({ destroyOnReturn: false })) {
    text += String(chunk)
    if (text.includes(words)) break
  }
  return text
}

it('builds, says in one line why there is no window, serves the app, and ends cleanly on Ctrl-C', async () => {
  const app = start()
  const ended = once(app, 'exit')
  const printed = await outputUntil(app.stdout, 'Ctrl-C')
  expect(printed).toMatch(/^Building .*\nNo window: .*; serving the app to the browser instead\.\nStrata is at http/)

  const url = /http:\/\/\S+/.exec(printed)?.[0] ?? ''
  const welcome = await fetch(url, { redirect: 'manual' })
  const cookie = welcome.headers.get('set-cookie')?.split(';')[0] ?? ''
  const page = await fetch(new URL('/', url), { headers: { cookie } })
  expect(await page.text()).toContain('<div id="root">')

  app.kill('SIGINT')
  expect(await ended).toEqual([0, null])
}, 90_000)

it('does not build again when nothing has changed, and takes the port it is given', async () => {
  const before = await stat(join(clone, 'dist', 'build.json'))
  const app = start('--port', '0')
  const ended = once(app, 'exit')
  expect(await outputUntil(app.stdout, 'Ctrl-C')).toMatch(/^Strata is at http:\/\/127\.0\.0\.1:\d+\/\?token=/)
  app.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  expect((await stat(join(clone, 'dist', 'build.json'))).mtimeMs).toBe(before.mtimeMs)
}, 60_000)

it.each(['--port eighty', '--port 70000', '--colour'])(
  'refuses %s with exit code 2',
  async (args) => {
    const app = start(...args.split(' '))
    const ended = once(app, 'exit')
    expect(await outputUntil(app.stderr, '[--port')).toContain('npm start -- [--browser] [--port PORT]')
    expect(await ended).toEqual([2, null])
  },
  30_000,
)
