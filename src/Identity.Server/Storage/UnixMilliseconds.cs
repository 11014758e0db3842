using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Identity.Server.Storage;

/// <summary>A time as SQLite can compare and order it. Internal, not nested: the compiled model names it.</summary>
internal sealed class UnixMilliseconds() : ValueConverter<DateTimeOffset, long>(
    time => time.ToUnixTimeMilliseconds(),
    milliseconds => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));
