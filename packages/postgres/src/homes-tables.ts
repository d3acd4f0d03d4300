import { escapeIdentifier } from 'pg'

/** Names of the tables of what is kept beside the read models, with their schema, as they stand in statements. */
export interface HomesTables {
  deadLetters: string
  waiting: string
  settlement: string
  merges: string
  locks: string
  log: string
}

export function homesTablesIn(schemaName: string): HomesTables {
  const schema = escapeIdentifier(schemaName)
  return {
    deadLetters: `${schema}.dead_letters`,
    waiting: `${schema}.waiting`,
    settlement: `${schema}.settlement`,
    merges: `${schema}.merges`,
    locks: `${schema}.locks`,
    log: `${schema}.log`,
  }
}

/**
 * Makes the tables. What senders write may hold characters that PostgreSQL does not take in `text`: it stands in JSON,
 * which writes them as \u0000, or in `bytea`. Member ids hold none.
 */
export function homesMigration({ schemaName }: { schemaName: string }): string {
  const { deadLetters, waiting, settlement, merges, locks } = homesTablesIn(schemaName)
  return `
    CREATE TABLE ${deadLetters} (
      id               text COLLATE "C" PRIMARY KEY,
      bytes            bytea NOT NULL,
      -- JSON: origin and key, as it came first.
      whence           text NOT NULL,
      -- JSON: code, message and faults of the last refusal.
      reason           text NOT NULL,
      first_refused_at bigint NOT NULL,
      refused_at       bigint NOT NULL,
      status           text NOT NULL CHECK (status IN ('open', 'retried', 'discarded')),
      refusals         bigint NOT NULL
    );
    CREATE INDEX ON ${deadLetters} (refused_at DESC, id);
    CREATE INDEX ON ${deadLetters} (refused_at DESC, id) WHERE status = 'open';
    CREATE TABLE ${waiting} (
      -- SHA-256 of source and id, which together may be too long for an index.
      fingerprint bytea PRIMARY KEY,
      occurred_at bigint NOT NULL,
      source      bytea NOT NULL,
      id          bytea NOT NULL,
      -- JSON.
      event       text NOT NULL
    );
    CREATE INDEX ON ${waiting} (occurred_at);
    CREATE TABLE ${settlement} (
      position bigint NOT NULL,
      -- Names the last change, so that whoever made it knows it again when the answer was lost.
      saved_as uuid
    );
    INSERT INTO ${settlement} VALUES (0);
    CREATE TABLE ${merges} (
      from_member text COLLATE "C" PRIMARY KEY,
      merge_id    text NOT NULL,
      into_member text NOT NULL,
      decided_at  bigint NOT NULL
    );
    CREATE TABLE ${locks} (
      name       text COLLATE "C" PRIMARY KEY,
      owner      uuid NOT NULL,
      -- Milliseconds since 1970, by the clock of the server.
      held_until bigint NOT NULL
    );
  `
}

/** Which log everything in this schema was made from. */
export function logMigration({ schemaName }: { schemaName: string }): string {
  return `
    CREATE TABLE ${homesTablesIn(schemaName).log} (
      -- There is one.
      single   boolean PRIMARY KEY DEFAULT true CHECK (single),
      -- JSON, since what senders write may hold characters that text does not take.
      identity text NOT NULL
    );
  `
}
