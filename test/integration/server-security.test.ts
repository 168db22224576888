import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { maxRequestBytes } from '../../app/dispatch.ts'
import type { RunningServer } from '../../app/server/serve.ts'
import { serve } from '../../app/server/serve.ts'
import type { TinyEngine } from '../unit/app/tiny-engine.ts'
import { tinyEngine } from '../unit/app/tiny-engine.ts'

let folder: string
let engine: TinyEngine
let server: RunningServer
let cookie: string

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** One request over a real socket; nothing is followed, normalised or added but what is given. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: server.port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        })
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}

/** Opens the WebSocket, or gives the status that refused it. */
function open(headers: Record<string, string>, path = '/ws'): Promise<WebSocket | number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers })
    socket.on('open', () => resolve(socket))
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
    socket.on('error', reject)
  })
}

async function admitted(): Promise<WebSocket> {
  const socket = await open({ cookie, origin: origin() })
  if (typeof socket === 'number') throw new Error(`refused with ${socket}`)
  return socket
}

function exchange(socket: WebSocket, message: string): Promise<unknown> {
  return new Promise((resolve) => {
    socket.once('message', (data) => resolve(JSON.parse(String(data))))
    socket.send(message)
  })
}

const origin = () => `http://127.0.0.1:${server.port}`
const tokenPath = () => server.url.slice(origin().length)
const cookieOf = (answer: Answer) => answer.headers['set-cookie']?.[0]?.split(';')[0] ?? ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-server-'))
  await mkdir(join(folder, 'renderer', 'assets'), { recursive: true })
  await writeFile(join(folder, 'renderer', 'index.html'), '<meta name="csp-nonce" content="__CSP_NONCE__">')
  await writeFile(join(folder, 'renderer', 'assets', 'index-AB12.js'), 'run()')
  await writeFile(join(folder, 'renderer', 'notes.txt'), 'not the page’s')
  await writeFile(join(folder, 'secret.json'), 'outside')
})
beforeEach(async () => {
  engine = tinyEngine((method) => (method === 'jobs.list' ? [] : {}))
  server = await serve(engine, { rendererFolder: join(folder, 'renderer') })
  cookie = cookieOf(await ask(tokenPath()))
  return () => server.close()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the token', () => {
  it('is needed: without it there is a page that says what to do', async () => {
    const answer = await ask('/')
    expect(answer.status).toBe(403)
    expect(answer.body).toContain('Open the address from the terminal')
  })

  it('buys a cookie that scripts and other sites cannot use, and leads to the app', async () => {
    const fresh = await serve(engine, { rendererFolder: join(folder, 'renderer') })
    const answer = await fetch(fresh.url, { redirect: 'manual' })
    await fresh.close()
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe('/')
    expect(answer.headers.get('set-cookie')).toMatch(/^strata-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
  })

  it('is refused when it is wrong', async () => {
    const answer = await ask(`/?token=${'A'.repeat(43)}`)
    expect(answer.status).toBe(403)
    expect(answer.headers['set-cookie']).toBeUndefined()
  })

  it('is void after its use: a second browser gets a page that says why', async () => {
    const answer = await ask(tokenPath())
    expect(answer.status).toBe(403)
    expect(answer.body).toContain('works once')
    expect(answer.headers['set-cookie']).toBeUndefined()
  })

  it('does no harm when the same browser opens the address again', async () => {
    expect(await ask(tokenPath(), { cookie })).toMatchObject({ status: 303, headers: { location: '/' } })
  })

  it('is not used up by a HEAD request', async () => {
    const fresh = await serve(engine, { rendererFolder: join(folder, 'renderer') })
    await fetch(fresh.url, { method: 'HEAD', redirect: 'manual' })
    const answer = await fetch(fresh.url, { redirect: 'manual' })
    await fresh.close()
    expect(answer.status).toBe(303)
  })

  it('also works from a link on another page, where a redirect would lose the cookie', async () => {
    const fresh = await serve(engine, { rendererFolder: join(folder, 'renderer') })
    const answer = await fetch(fresh.url, { redirect: 'manual', headers: { 'sec-fetch-site': 'cross-site' } })
    await fresh.close()
    expect(answer.status).toBe(200)
    expect(answer.headers.get('set-cookie')).toContain('strata-')
    expect(await answer.text()).toContain('<meta http-equiv="refresh" content="0;url=/">')
  })

  it('is no cookie: a made-up session is refused', async () => {
    const forged = `${cookie.split('=')[0]}=${'A'.repeat(43)}`
    expect((await ask('/', { cookie: forged })).status).toBe(403)
  })
})

describe('another site', () => {
  it.each(['evil.example', 'localhost', '127.0.0.1:1', '127.0.0.1.evil.example', '[::1]'])(
    'cannot reach the page under its own name %s (DNS rebinding), cookie or not',
    async (host) => {
      expect((await ask('/', { cookie, host })).status).toBe(403)
    },
  )

  it('may call it localhost', async () => {
    expect((await ask('/', { cookie, host: `localhost:${server.port}` })).status).toBe(200)
  })

  it('cannot post', async () => {
    expect((await ask('/', { cookie, origin: 'http://evil.example' }, 'POST')).status).toBe(403)
    expect((await ask('/', { cookie, origin: origin() }, 'POST')).status).toBe(405)
  })

  it.each(['http://evil.example', 'https://127.0.0.1', 'null', 'http://127.0.0.1:1'])(
    'cannot open the WebSocket from %s',
    async (foreign) => {
      expect(await open({ cookie, origin: foreign })).toBe(403)
    },
  )

  it('cannot open the WebSocket without saying where it comes from', async () => {
    expect(await open({ cookie })).toBe(403)
  })

  it('cannot open the WebSocket under another host', async () => {
    expect(await open({ cookie, origin: 'http://evil.example', host: 'evil.example' })).toBe(403)
  })

  it('is not let in by the token on the WebSocket', async () => {
    const fresh = await serve(engine, { rendererFolder: join(folder, 'renderer') })
    const headers = { origin: `http://127.0.0.1:${fresh.port}` }
    const socket = new WebSocket(fresh.url.replace('http', 'ws').replace('/?', '/ws?'), { headers })
    const status = await new Promise((resolve) => {
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode))
      socket.on('error', () => undefined)
    })
    await fresh.close()
    expect(status).toBe(403)
  })
})

describe('the page', () => {
  it('gets a policy with a nonce of its own each time, and headers that keep it to itself', async () => {
    const [first, second] = [await ask('/', { cookie }), await ask('/', { cookie })]
    const nonce = /content="([\w-]{24})"/.exec(first.body)?.[1]
    expect(nonce).toBeDefined()
    expect(first.headers['content-security-policy']).toBe(
      `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; font-src 'self'; img-src 'self' data:; ` +
        `connect-src 'self' ws://127.0.0.1:${server.port}; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    )
    expect(second.body).not.toBe(first.body)
    expect(first.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    })
  })

  it('has its hashed files cached for good, with their type', async () => {
    const answer = await ask('/assets/index-AB12.js', { cookie })
    expect(answer).toMatchObject({ status: 200, body: 'run()' })
    expect(answer.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'private, max-age=31536000, immutable',
    })
  })

  it.each([
    '/../secret.json',
    '/%2e%2e/secret.json',
    '/..%2fsecret.json',
    '/assets/..%2f..%2fsecret.json',
    '/..%5csecret.json',
    '/assets/%00.js',
    '/%ff.js',
    '//secret.json',
    '/assets',
    '/notes.txt',
    '/missing.js',
  ])('does not include %s', async (path) => {
    const answer = await ask(path, { cookie })
    expect(answer.status).toBe(404)
    expect(answer.body).not.toContain('outside')
  })

  it.each(['/assets/index-AB12.js', '/index.html'])('keeps %s from who has no cookie', async (path) => {
    expect((await ask(path)).status).toBe(403)
  })
})

describe('the WebSocket', () => {
  it('needs the cookie', async () => {
    expect(await open({ origin: origin() })).toBe(403)
  })

  it('is at /ws only', async () => {
    expect(await open({ cookie, origin: origin() }, '/other')).toBe(405)
  })

  it('answers a call', async () => {
    const socket = await admitted()
    expect(await exchange(socket, '{"id":1,"method":"jobs.list","input":{}}')).toEqual({ id: 1, ok: [] })
  })

  it('answers an unknown method and bad input with an error, and goes on', async () => {
    const socket = await admitted()
    const unknown = await exchange(socket, '{"id":1,"method":"os.exec","input":{}}')
    expect(unknown).toMatchObject({ id: 1, error: { code: 'unknown-method' } })
    const bad = await exchange(socket, '{"id":2,"method":"workspace.open","input":{"path":""}}')
    expect(bad).toMatchObject({ id: 2, error: { code: 'usage', details: { path: 'path' } } })
    expect(await exchange(socket, 'nonsense')).toMatchObject({ id: -1, error: { code: 'usage' } })
    expect(await exchange(socket, '{"id":3,"method":"jobs.list","input":{}}')).toEqual({ id: 3, ok: [] })
    expect(engine.calls).toEqual([{ method: 'jobs.list', input: {} }])
  })

  it('closes on a message that is too large (1009) or binary (1003)', async () => {
    const tooLarge = await admitted()
    tooLarge.send('x'.repeat(maxRequestBytes + 1))
    expect(await closeCode(tooLarge)).toBe(1009)
    const binary = await admitted()
    binary.send(Buffer.from('{}'))
    expect(await closeCode(binary)).toBe(1003)
  })

  it('forgets a client that is gone', async () => {
    const socket = await admitted()
    await exchange(socket, '{"id":1,"method":"jobs.list","input":{}}')
    expect(engine.listeners).toBeGreaterThan(0)
    socket.close()
    await closeCode(socket)
    await expect.poll(() => engine.listeners).toBe(0)
  })
})

describe('the server', () => {
  it('listens on loopback only', async () => {
    const reached = await new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.2', port: server.port })
      socket.on('connect', () => resolve(true))
      socket.on('error', () => resolve(false))
    })
    expect(reached).toBe(false)
  })

  it('says so when the port is taken', async () => {
    const second = serve(engine, { rendererFolder: folder, port: server.port })
    await expect(second).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining(`${server.port}`) })
  })

  it('drops its clients when it closes', async () => {
    const socket = await admitted()
    await server.close()
    expect(await closeCode(socket)).toBe(1006)
  })
})

function closeCode(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => {
    if (socket.readyState === WebSocket.CLOSED) resolve(1006)
    socket.on('close', resolve)
    socket.on('error', () => undefined)
  })
}
