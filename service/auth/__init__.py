"""Logging in and out: tokens for people who prove who they are. Who has an account `users` knows."""
