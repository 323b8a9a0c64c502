# Triton with what the Python models import: rapidocr and onnxruntime for the shipped `text_reader`.
FROM nvcr.io/nvidia/tritonserver:26.10-py3
COPY requirements/models.txt /opt/models/requirements.txt
# Into a separate folder, so that Triton's own packages do not change. If a wheel does not fit this Triton's Python, the last
# line fails the build, and not the first call.
RUN python3 -m pip install --no-cache-dir --require-hashes --no-deps --target /opt/models/packages \
        -r /opt/models/requirements.txt \
    && PYTHONPATH=/opt/models/packages python3 -c "import cv2, numpy, onnxruntime, pypdfium2, rapidocr"
ENV PYTHONPATH=/opt/models/packages PYTHONDONTWRITEBYTECODE=1
USER 1000:1000
HEALTHCHECK --interval=10s --timeout=5s --start-period=300s --start-interval=2s --retries=3 \
    CMD ["python3", "-c", "import socket; socket.create_connection(('127.0.0.1', 8001), 4)"]
