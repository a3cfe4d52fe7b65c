"""ministack, a local emulator of AWS, with supplements: what AWS does and the emulator alone does not."""
