import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ManifestText } from '../../../main/api/spack-files.ts'
import { refKey } from '../../../renderer/app/routes.ts'
import { newRequest, whatIsWrong } from '../../../renderer/features/environments/new-environment.ts'
import { requestOf } from '../../../renderer/features/specs/change.ts'
import { useSpecsDrafts } from '../../../renderer/features/specs/drafts.ts'
import { editorPlace, formOf, fromEditor, toEditor } from '../../../renderer/features/specs/file-form.ts'

const at = { spack: '/home/demo/spack', environment: 'tools' }
const read: ManifestText = {
  file: '/tools/spack.yaml',
  text: 'spack:\n  specs: [vim]\n',
  digest: 'a',
  roots: [{ kind: 'spec', text: 'vim', line: 2 }],
  view: { value: true },
  checks: [],
}

describe('the form of a file', () => {
  it('comes back to the byte, whatever its lines end with', () => {
    const piece = fc.constantFrom('a', '\r\n', '\n', '\r', '\ufeff', ' - b')
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('')
        const form = formOf(text)
        expect(fromEditor(toEditor(text, form), form)).toBe(text)
      }),
    )
  })

  it('gives a new line the ending that all others have', () => {
    const form = formOf('\ufeffa\r\nb\r\n')
    expect(form).toEqual({ mark: true, ending: '\r\n' })
    expect(fromEditor('a\nnew\nb\n', form)).toBe('\ufeffa\r\nnew\r\nb\r\n')
    expect(formOf('a\r\nb\n').ending).toBe('mixed')
  })

  it('does not count a byte order mark as a column', () => {
    expect(editorPlace({ line: 1, column: 2 }, formOf('\ufeffspack:'))).toEqual({ line: 1, column: 1 })
    expect(editorPlace({ line: 2, column: 2 }, formOf('\ufeffspack:\n'))).toEqual({ line: 2, column: 2 })
  })
})

describe('a draft of a spack.yaml', () => {
  const draft = () => useSpecsDrafts.getState().byRef[refKey(at)]
  beforeEach(() => useSpecsDrafts.setState({ byRef: {}, written: {} }))

  it('keeps what the file said when it was begun, and is gone when it says the same again', () => {
    const { write } = useSpecsDrafts.getState()
    write(at, 'one', read)
    write(at, 'two', { text: 'theirs', digest: 'b' })
    expect(draft()).toEqual({ text: 'two', base: { text: read.text, digest: read.digest } })
    write(at, read.text, read)
    expect(draft()).toBeUndefined()
  })

  it('is sent with the text that it began with only where the file has changed since', () => {
    const made = { text: 'mine', base: { text: read.text, digest: 'a' } }
    expect(requestOf({ kind: 'text' }, at, read, made)?.edit).toEqual({ kind: 'text', text: 'mine', digest: 'a' })
    expect(requestOf({ kind: 'text' }, at, { ...read, digest: 'b' }, made)?.edit).toEqual({
      kind: 'text',
      text: 'mine',
      digest: 'a',
      base: read.text,
    })
  })

  it('asks for nothing while a change says nothing new', () => {
    expect(requestOf({ kind: 'add', spec: ' ' }, at, read, undefined)).toBeUndefined()
    expect(requestOf({ kind: 'change', from: 'vim', to: 'vim' }, at, read, undefined)).toBeUndefined()
    expect(requestOf({ kind: 'view', view: true }, at, read, undefined)).toBeUndefined()
    expect(requestOf({ kind: 'view', view: false }, at, read, undefined)?.edit).toEqual({
      kind: 'set-view',
      view: false,
    })
  })
})

describe('a new environment', () => {
  const blank = { place: 'folder', spack: undefined, name: '', specs: '', view: 'on', viewFolder: '' } as const

  it('asks for nothing without a name, a whole path or the folder of its view', () => {
    expect(newRequest(blank)).toBeUndefined()
    expect(newRequest({ ...blank, name: 'projects/new' })).toBeUndefined()
    expect(newRequest({ ...blank, name: '/new', view: 'folder' })).toBeUndefined()
    expect(newRequest({ ...blank, name: ' ~/new ', specs: ' vim \n\n hdf5 +mpi' })?.edit).toEqual({
      kind: 'create',
      place: 'folder',
      name: '~/new',
      specs: ['vim', 'hdf5 +mpi'],
      view: true,
    })
  })

  it('says what is wrong at the field that it is about', () => {
    expect(whatIsWrong({ ...blank, name: 'x' }, undefined).name).toContain('Write the whole path')
    expect(whatIsWrong(blank, { code: 'environment-exists', message: 'taken', hint: 'Choose.' }).name).toBe(
      'taken. Choose.',
    )
    expect(whatIsWrong(blank, { code: 'edit-refused', message: 'no spec' }).specs).toBe('no spec.')
    expect(whatIsWrong(blank, { code: 'permission-denied', message: 'no' }).all).toBe(true)
  })
})
