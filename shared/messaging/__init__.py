"""Kafka: batch consumers with offsets in the store, the outbox relay, topic administration."""
