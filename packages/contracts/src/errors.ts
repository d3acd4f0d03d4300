/**
 * Every error that Perennial shows to a person or a program, declared once:
 * a code that never changes, a sentence, and what to do next.
 */
const catalogue = {
  // An event that ingest will not take. Kept as a dead letter.
  'invalid-json': { status: 400, sentence: 'The text is not JSON.', next: 'Send one JSON object per line, message or request.' },
  'not-a-cloudevent': {
    status: 400,
    sentence: 'This is not a CloudEvents 1.0 envelope.',
    next: 'Send specversion "1.0" with id, source, type, subject, time and data.',
  },
  'subject-missing': {
    status: 400,
    sentence: 'The event names no member.',
    next: 'Put the member id in "subject"; sales without a member need not be sent.',
  },
  'unknown-type': {
    status: 400,
    sentence: 'The event type is not known.',
    next: 'See schemas/asyncapi.json for the types that Perennial takes.',
  },
  'unknown-version': {
    status: 400,
    sentence: 'The event type is known, but not in this version.',
    next: 'Send a version listed in schemas/asyncapi.json, or update Perennial and retry the dead letter.',
  },
  'time-ahead': {
    status: 400,
    sentence: "The event lies more than 24 hours ahead of the engine's clock.",
    next: 'Set the clock of the sender, or retry the dead letter once the time has come.',
  },
  'unknown-currency': { status: 400, sentence: 'The currency is not in ISO 4217.', next: 'Use a three-letter code such as "GBP".' },
  'amount-too-large': {
    status: 400,
    sentence: 'The amount is too large to be exact.',
    next: 'Amounts of an order may sum to at most 9007199254740991 minor units.',
  },
  'invalid-data': {
    status: 400,
    sentence: 'A field does not hold what its schema asks for.',
    next: 'Mend the fields named and send the event again under the same id.',
  },
  'event-id-reused': {
    status: 409,
    sentence: 'Another event with the same source and id, but other contents, was accepted before.',
    next: 'Give every event its own id; a correction is a new event.',
  },
  // Configuration and files.
  'invalid-configuration': {
    status: 400,
    sentence: 'The configuration has faults.',
    next: 'Mend what is named; docs/configuration.md lists every field and variable, perennial config shows what is in force.',
  },
  'programme-invalid': { status: 400, sentence: 'The programme file has faults.', next: 'Mend the lines named.' },
  'programme-example': {
    status: 400,
    sentence: 'The programme does not do what its own examples say.',
    next: 'Mend the rules or the examples; perennial programme check shows the movements that lead there.',
  },
  'programme-version': {
    status: 409,
    sentence: 'This version of the programme cannot be published.',
    next: 'Give the file a version above the last one; see perennial programme show.',
  },
  'programme-retroactive': {
    status: 409,
    sentence: 'This version takes effect in the past, so it changes what members have already.',
    next: 'Choose a later effectiveFrom, or say --retroactive to change them.',
  },
  'file-not-readable': { status: 400, sentence: 'The file cannot be read or written.', next: 'Check the path and its permissions.' },
  'file-invalid': {
    status: 400,
    sentence: 'The file is not in the format that was announced.',
    next: 'Check that it is the file you meant, and that it is whole.',
  },
  usage: { status: 400, sentence: 'The command was not understood.', next: 'See perennial --help.' },
  'wrong-node': {
    status: 500,
    sentence: 'This Node.js is too old.',
    next: 'Start Perennial with npx, which uses the Node.js 24 installed with it.',
  },
  // Running.
  'data-busy': {
    status: 409,
    sentence: 'Another process runs this service on the same data.',
    next: 'Stop that process, or use another --data directory.',
  },
  'data-version': {
    status: 409,
    sentence: 'The data directory was written by a newer Perennial.',
    next: 'Update Perennial, or use another --data directory.',
  },
  'data-missing': {
    status: 404,
    sentence: 'There is no Perennial data here.',
    next: 'Run perennial demo, publish or import first, or name the right place: --data, or the servers in the configuration.',
  },
  'data-not-writable': {
    status: 500,
    sentence: 'The data directory cannot be written.',
    next: 'Check its permissions, and that its disk is mounted for writing.',
  },
  'data-damaged': {
    status: 500,
    sentence: 'A file in the data directory is not what Perennial wrote.',
    next: 'Restore it from a backup. A read model may be deleted: it is made again from the log.',
  },
  'disk-full': { status: 507, sentence: 'The disk is full.', next: 'Make room, then run the same command again: it goes on where it was.' },
  'store-unavailable': {
    status: 503,
    sentence: "A server that keeps Perennial's data does not answer.",
    next: 'Check that it runs and can be reached, then try again: what was stored is not stored twice.',
  },
  'store-refused': {
    status: 500,
    sentence: "A server that keeps Perennial's data refuses what it is asked.",
    next: 'Check user and password, what the user may do, and the limits of the server.',
  },
  'servers-not-usable': {
    status: 503,
    sentence: 'Not every server of the configuration can be used.',
    next: 'Mend what is named, then check again.',
  },
  'store-address': {
    status: 400,
    sentence: 'The address of a server is not understood.',
    next: 'Check it; special characters of a password have to be percent-encoded.',
  },
  'partition-lost': {
    status: 409,
    sentence: 'The members that were to be written are in the hands of another writer.',
    next: 'Nothing of it was written. Claim partitions anew and go on from their checkpoints.',
  },
  'log-changed': {
    status: 500,
    sentence: 'The log on the server is not the one that was read before.',
    next: 'Name the right server, or restore it; for another log, start with another --data directory and, on PostgreSQL, another schema.',
  },
  'dead-letter-unknown': {
    status: 404,
    sentence: 'No dead letter has this id, or several ids begin like this.',
    next: 'See perennial dead-letters list --all.',
  },
  'wrong-revision': {
    status: 409,
    sentence: 'The stream has moved on since it was read.',
    next: 'Read the stream again and decide again.',
  },
  'stored-event-unknown': {
    status: 500,
    sentence: 'The log holds an event that this version cannot read.',
    next: 'Update Perennial, then run perennial parked retry.',
  },
  'sum-too-large': {
    status: 500,
    sentence: "A sum over the member's history is too large to be exact.",
    next: 'Look for an impossible amount with perennial member ID.',
  },
  'differences-found': {
    status: 500,
    sentence: 'Read models differ from what the streams say.',
    next: 'Run perennial rebuild for the projectors named, and report how it came about.',
  },
  'read-model-version': {
    status: 503,
    sentence: 'The read model was made by another version of Perennial.',
    next: 'Wait until its projector has rebuilt it, or run perennial rebuild.',
  },
  internal: { status: 500, sentence: 'Something went wrong inside Perennial.', next: 'Look into the log for details and report it.' },
  // A decision that cannot be made.
  'key-missing': {
    status: 400,
    sentence: 'The request has no key.',
    next: 'Send a header Idempotency-Key of 1 to 128 visible characters: another for every decision, the same when you send it again.',
  },
  'key-reused': {
    status: 409,
    sentence: 'Another decision was made under this key.',
    next: 'Give every decision a key of its own.',
  },
  'member-busy': {
    status: 503,
    sentence: 'Too many decisions about this member are being made at once.',
    next: 'Send it again in a moment, under the same key.',
  },
  'member-merged': {
    status: 410,
    sentence: 'The member was merged into another.',
    next: 'Ask for the member named; perennial unmerge undoes a merge.',
  },
  'points-not-in-blocks': {
    status: 400,
    sentence: 'Points are not spent one by one here.',
    next: 'Spend a multiple of the number named.',
  },
  'points-missing': {
    status: 409,
    sentence: 'There are not enough points.',
    next: 'Ask for no more than the points named, or wait until pending points are released.',
  },
  'order-amount-missing': {
    status: 400,
    sentence: 'Points may pay a share of an order only, and it was not said what the order costs.',
    next: 'Say orderAmount too.',
  },
  'share-of-order': {
    status: 409,
    sentence: 'Points may not pay that much of the order.',
    next: 'Spend fewer points on it.',
  },
  'day-limit': {
    status: 409,
    sentence: 'The member may not spend that many points on one day.',
    next: 'Spend no more than the points named, or wait for the next day.',
  },
  'hold-too-long': {
    status: 400,
    sentence: 'The programme does not let a hold last that long.',
    next: 'Ask for a shorter time, or for none.',
  },
  'hold-unknown': {
    status: 404,
    sentence: 'The member has no hold of this id.',
    next: 'Check the id: it is the key under which points were held.',
  },
  'hold-over': {
    status: 409,
    sentence: 'The hold is over: it was captured, released, or has lapsed.',
    next: 'Hold the points again, or redeem them.',
  },
  'redemption-unknown': {
    status: 404,
    sentence: 'The member has no redemption of this id.',
    next: 'Check the id: it is the key under which points were redeemed or held.',
  },
  'redemption-over': {
    status: 409,
    sentence: 'Not that much is left of the redemption: the rest was given back before.',
    next: 'Give back no more than the points named.',
  },
  'adjustment-unknown': {
    status: 404,
    sentence: 'The member has no adjustment of this id that needs an approval.',
    next: 'Check the id: it is the key under which the adjustment was proposed.',
  },
  'adjustment-over': {
    status: 409,
    sentence: 'The adjustment was approved or rejected before.',
    next: 'Propose another one where it is still needed.',
  },
  'same-person': {
    status: 403,
    sentence: 'Who proposes an adjustment cannot approve it.',
    next: 'Let another person approve it.',
  },
  'tier-unknown': { status: 400, sentence: 'The programme has no such tier.', next: 'Name one of its tiers.' },
  'not-yet': { status: 400, sentence: 'That time has not come yet.', next: 'Name one that has.' },
  'nothing-to-learn': {
    status: 409,
    sentence: 'Nobody had bought anything by then.',
    next: 'Publish purchases first, or name a later instant.',
  },
  'time-over': { status: 400, sentence: 'That time is over already.', next: 'Name a later one.' },
  'same-member': { status: 400, sentence: 'Both sides are the same member.', next: 'Name two members.' },
  'merge-unknown': {
    status: 404,
    sentence: 'The member was never merged under this id.',
    next: 'Check the id, which is the key of the merge, and that it is asked of the member who was merged away.',
  },
  'merge-over': {
    status: 409,
    sentence: 'The merge was undone before.',
    next: 'Merge the members again where they are one person after all.',
  },
  // HTTP.
  'invalid-request': { status: 400, sentence: 'The request cannot be understood.', next: 'See /docs for what this address takes.' },
  'not-found': { status: 404, sentence: 'There is nothing at this address.', next: 'See /docs for the addresses there are.' },
  'member-unknown': { status: 404, sentence: 'No event of this member is known.', next: 'Check the id; ids are case-sensitive.' },
  'too-large': { status: 413, sentence: 'The request is too large.', next: 'Send smaller batches.' },
  'unsupported-media-type': {
    status: 415,
    sentence: 'The content type is not one that is taken here.',
    next: 'Use application/cloudevents+json or application/cloudevents-batch+json for events, application/json for decisions.',
  },
  'events-refused': {
    status: 400,
    sentence: 'Not all events of the batch were taken.',
    next: 'Mend the events named under "refused" and send those again; the others are safe.',
  },
  'some-refused': {
    status: 400,
    sentence: 'Some events were refused; they are kept, and all others are taken.',
    next: 'See perennial dead-letters list for which they are, and why.',
  },
  overloaded: { status: 503, sentence: 'Too much is waiting already.', next: 'Send it again in a moment.' },
  'not-ready': {
    status: 503,
    sentence: 'A service is too far behind, or cannot be asked.',
    next: 'Wait until the services named have caught up, or look into their logs.',
  },
  'address-in-use': {
    status: 409,
    sentence: 'Another program listens at this address.',
    next: 'Stop that program, or choose another --port.',
  },
} as const satisfies Record<string, { status: number; sentence: string; next: string }>

export type ErrorCode = keyof typeof catalogue

export const errorCodes = Object.keys(catalogue) as ErrorCode[]

export function describeError(code: ErrorCode): { status: number; sentence: string; next: string } {
  return catalogue[code]
}

/** One thing wrong with an input: where it stands and what was expected there. */
export interface Fault {
  /** Path of the field, such as `data.lines[0].amount`; empty for the whole. */
  field: string
  message: string
  /** Line in the file, where there is a file; 1 is the first. */
  line?: number
}

/** The one error class: everything else that is thrown is a bug. */
export class PerennialError extends Error {
  override readonly name = 'PerennialError'
  readonly code: ErrorCode
  /** Where it went wrong: a file and line, an event, a member. */
  readonly where: string | undefined
  readonly faults: readonly Fault[]

  constructor(code: ErrorCode, details: { where?: string; message?: string; faults?: readonly Fault[]; cause?: unknown } = {}) {
    const { sentence } = catalogue[code]
    super(details.message ? `${sentence} ${details.message}` : sentence, { cause: details.cause })
    this.code = code
    this.where = details.where
    this.faults = details.faults ?? []
  }

  get next(): string {
    return catalogue[this.code].next
  }

  get status(): number {
    return catalogue[this.code].status
  }
}
