"""What has a worker find its storage full: Chromium's own quota (CDP) does not hold for workers."""

FULL = """() => {
  self.realPut = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (value, key) {
    if (this.name === "blocks") throw new DOMException("full", "QuotaExceededError");
    return self.realPut.call(this, value, key);
  };
}"""
ROOM_AGAIN = "() => void (IDBObjectStore.prototype.put = self.realPut)"
