import { z } from 'zod'

/** The header by which consumers know a CloudEvent in structured mode. */
export const structuredMode = { 'content-type': 'application/cloudevents+json; charset=UTF-8' } as const

/** Of everything that is published as a CloudEvent. */
export const structuredModeHeaders = z
  .object({ 'content-type': z.literal(structuredMode['content-type']) })
  .meta({ id: 'StructuredModeHeaders' })

/** What a dead letter on the bus says of itself; its value is what was refused, byte for byte. */
export const deadLetterHeaders = z
  .object({
    id: z.string().meta({ description: 'Fingerprint of the bytes: the id of the dead letter. The same bytes may come again.' }),
    code: z.string().meta({ description: 'Why it was refused, such as "invalid-data".' }),
    message: z.string().meta({ description: 'The same for a person.' }),
    faults: z.string().meta({ description: 'JSON: a list of fields and what was expected there, 20 at the most.' }),
    origin: z.string().meta({ description: 'Where it came from: a file and line, a request, a place on the bus.' }),
    refusedAt: z.iso.datetime({ precision: 3 }).meta({ description: "The engine's clock." }),
  })
  .meta({ id: 'DeadLetterHeaders' })

export type DeadLetterHeaders = z.infer<typeof deadLetterHeaders>
