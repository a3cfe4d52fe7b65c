"""The serverless AWS architecture."""
