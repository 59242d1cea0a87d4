"""Frames: files to frames, frames to columns in the blob store."""
