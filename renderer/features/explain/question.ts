import { create } from 'zustand'
import type { Input } from '../../../main/api/contract.ts'
import type { EnvironmentRef } from '../../../main/api/models.ts'
import { refKey } from '../../app/routes.ts'
import { type AccessDraft, freshAccess, givenAccess } from '../planning/access.ts'

export const choices = ['roots', 'all', 'specs'] as const
export type Choice = (typeof choices)[number]

/** What is to be explained, as it stands in the form. */
export interface Question extends AccessDraft {
  /** `undefined` while nobody has said: the usual cache then. */
  readonly cache: string | undefined
  readonly choice: Choice
  /** One a line, as typed or pasted. */
  readonly specs: string
  /** The specs of the address that it was filled with. */
  readonly filledWith: string | undefined
}

export type ExplainInput = Omit<Input<'cache.explain'>, 'run'>

/** A question that was put. */
export interface Asked {
  readonly request: ExplainInput
  /** Each is asked anew: the same words may have another answer by now. */
  readonly number: number
}

const fresh: Question = { ...freshAccess, cache: undefined, choice: 'roots', specs: '', filledWith: undefined }

interface Questions {
  readonly byRef: Readonly<Record<string, { readonly question: Question; readonly asked?: Asked }>>
  readonly change: (ref: EnvironmentRef, change: Partial<Question>) => void
  readonly ask: (ref: EnvironmentRef, request: ExplainInput) => void
}

let lastNumber = 0

/** One question an environment, for as long as the window lives: typed credentials go nowhere else. */
export const useQuestions = create<Questions>((set) => ({
  byRef: {},
  change: (ref, change) =>
    set(({ byRef }) => {
      const { question = fresh, asked } = byRef[refKey(ref)] ?? {}
      return { byRef: { ...byRef, [refKey(ref)]: { question: { ...question, ...change }, asked } } }
    }),
  ask: (ref, request) =>
    set(({ byRef }) => {
      const { question = fresh } = byRef[refKey(ref)] ?? {}
      lastNumber += 1
      return { byRef: { ...byRef, [refKey(ref)]: { question, asked: { request, number: lastNumber } } } }
    }),
}))

export function useQuestion(ref: EnvironmentRef): { readonly question: Question; readonly asked: Asked | undefined } {
  const { question = fresh, asked } = useQuestions(({ byRef }) => byRef[refKey(ref)]) ?? {}
  return { question, asked }
}

/** What a question asks the engine; undefined while it says no cache, or no specs where some are to be given. */
export function toRequest(
  ref: EnvironmentRef,
  question: Question & { readonly cache: string },
): ExplainInput | undefined {
  const repository = question.cache.trim()
  const specs = question.specs.split('\n').filter((line) => line.trim() !== '')
  if (repository === '' || (question.choice === 'specs' && specs.length === 0)) return undefined
  return {
    ...ref,
    repository,
    ...givenAccess(question),
    specs: question.choice === 'specs' ? specs : [],
    all: question.choice === 'all',
  }
}
