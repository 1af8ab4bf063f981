using System.Runtime.CompilerServices;

namespace Keelson.Oci;

/// <summary>Reads one value; the reader stands on its first byte and is left behind its last.</summary>
internal delegate T ReadValue<out T>(ref SpecReader reader);

/// <summary>Walks a JSON document for the parsers, which know what comes next. RFC 8259.</summary>
/// <remarks>
/// <para>
/// Why not <c>Utf8JsonReader</c>: it keeps a state machine and a stack for callers that do not know what comes next. The parsers here
/// ask for one thing at a time, so their own call stack is that stack; a cold start takes half the time this way.
/// </para>
/// <para>
/// Nothing is kept about the way to the present value. When one is refused, <see cref="PropertyPath"/> walks the document again
/// up to it and collects the names, so a good document pays nothing for good messages.
/// </para>
/// </remarks>
internal ref partial struct SpecReader
{
    private readonly ReadOnlySpan<byte> _text;
    private readonly string _documentName;

    // Where the next byte is read, and where the value begins that an error would be about.
    private int _next;
    private int _at;
    private int _depth;

    // Whether the innermost object or array has no entry yet.
    private bool _isFirst;

    // The present property's name, without quotes and escapes; empty when it is no text, and so none that is known.
    private ReadOnlySpan<byte> _name;
    private bool _isNameText;

    // Strings of the array that is being read, before their number is known.
    private string[] _strings;

    // Whether the filter is left unread, and where it is then.
    private bool _isSeccompDeferred;
    private Range _seccomp;

    // One bit for each of tab, newline, carriage return and space.
    private const ulong Whitespace = 1UL << '\t' | 1UL << '\n' | 1UL << '\r' | 1UL << ' ';

    private SpecReader(ReadOnlySpan<byte> text, string documentName)
    {
        _text = text;
        _documentName = documentName;
        _strings = [];
    }

    private T ReadDocument<T>(ReadValue<T> read)
    {
        if (_text.Length > DocumentLimits.MaxBytes) throw new OciFormatException(_documentName, "", $"is longer than {DocumentLimits.MaxBytes} bytes");
        if (_text.StartsWith("\uFEFF"u8)) _next = 3;
        SkipWhitespace();
        _at = _next;
        T value = read(ref this);
        SkipWhitespace();
        return _next == _text.Length ? value : throw Malformed("has more after its end");
    }

    /// <summary>Reads a whole document whose top is one object. A byte order mark before it is passed over.</summary>
    /// <exception cref="OciFormatException">It is too long, no JSON, or not of the form that <paramref name="read"/> wants.</exception>
    public static T ReadDocument<T>(ReadOnlySpan<byte> document, string documentName, ReadValue<T> read)
    {
        SpecReader reader = new(document, documentName);
        return reader.ReadDocument(read);
    }

    /// <summary>Reads a configuration, and passes over its system call filter.</summary>
    /// <param name="document">The document.</param>
    /// <param name="documentName">Its name, for messages.</param>
    /// <param name="read">Reads the configuration.</param>
    /// <param name="seccomp">Where the filter is; empty when there is none.</param>
    /// <exception cref="OciFormatException">It is too long, no JSON, or not of the form that <paramref name="read"/> wants.</exception>
    public static T ReadDocument<T>(ReadOnlySpan<byte> document, string documentName, ReadValue<T> read, out Range seccomp)
    {
        SpecReader reader = new(document, documentName) { _isSeccompDeferred = true };
        T value = reader.ReadDocument(read);
        seccomp = reader._seccomp;
        return value;
    }

    /// <summary>Reads a system call filter, or null, or passes over it.</summary>
    public SeccompProfile? Seccomp()
    {
        int start = _next;
        _seccomp = default;
        if (TakeNull()) return null;
        if (!_isSeccompDeferred) return SeccompProfileParser.ReadProfile(ref this);
        if (Peek() != '{') throw WrongType("an object");
        Skip();
        _seccomp = start.._next;
        return null;
    }

    /// <summary>Enters an object.</summary>
    public void BeginObject()
    {
        if (Peek() != '{') throw WrongType("an object");
        Enter();
    }

    /// <summary>Goes to the value of the object's next property; <see langword="false"/> behind its end.</summary>
    public bool NextProperty()
    {
        if (!NextEntry((byte)'}')) return false;
        if (Peek() != '"') throw Malformed("a property name is missing");
        _at = _next;
        _name = ScanString(out Spelling spelling);
        _isNameText = spelling != Spelling.Escaped || TryUnescape(_name, out _name);
        SkipWhitespace();
        if (Peek() != ':') throw Malformed("a colon is missing");
        _next++;
        SkipWhitespace();
        _at = _next;
        return true;
    }

    /// <summary>Whether the present property has this name.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Is(ReadOnlySpan<byte> name) => _name.Length == name.Length && _name.SequenceEqual(name);

    /// <summary>Whether the value is null, which is then passed over.</summary>
    public bool TakeNull()
    {
        if (Peek() != 'n') return false;
        ScanWord("null"u8);
        return true;
    }

    /// <summary>Reads an object, or null.</summary>
    public T? Optional<T>(ReadValue<T> read) where T : class => TakeNull() ? null : read(ref this);

    /// <summary>Reads an array; null is an empty one.</summary>
    public T[] Array<T>(ReadValue<T> read)
    {
        if (TakeNull()) return [];
        T[] items = [];
        int count = 0;
        BeginArray();
        while (NextElement(count))
        {
            if (count == items.Length) System.Array.Resize(ref items, count == 0 ? 4 : count * 2);
            items[count++] = read(ref this);
        }
        if (count != items.Length) System.Array.Resize(ref items, count);
        return items;
    }

    /// <summary>Reads strings, none of which holds a NUL, or null.</summary>
    public string[]? OptionalStrings()
    {
        if (TakeNull()) return null;
        int count = 0;
        BeginArray();
        while (NextElement(count))
        {
            if (count == _strings.Length) System.Array.Resize(ref _strings, count == 0 ? 64 : count * 2);
            _strings[count++] = Argument();
        }
        return count == 0 ? [] : _strings.AsSpan(0, count).ToArray();
    }

    /// <summary>Reads strings, none of which holds a NUL; null is an empty array.</summary>
    public string[] Strings() => OptionalStrings() ?? [];

    /// <summary>Reads an object as a map; null is an empty one, and an entry that is null is none. Of entries with the same key the last counts.</summary>
    public Dictionary<string, T> Map<T>(ReadValue<T> read)
    {
        Dictionary<string, T> map = [];
        if (TakeNull()) return map;
        BeginObject();
        while (NextProperty())
        {
            if (map.Count == DocumentLimits.MaxEntries) throw TooMany();
            if (!_isNameText) throw Fail("has half of a surrogate pair in its name");
            string key = DecodeUtf8(_name);
            if (key.Contains('\0')) throw Fail("has a NUL character in its name");
            if (TakeNull()) map.Remove(key);
            else map[key] = read(ref this);
        }
        return map;
    }

    /// <summary>Passes over the value, whatever it is.</summary>
    public void Skip()
    {
        switch (Peek())
        {
            case '{':
                Enter();
                while (NextProperty()) Skip();
                break;
            case '[':
                Enter();
                while (NextEntry((byte)']')) Skip();
                break;
            case '"':
                ScanString(out _);
                break;
            case 't':
                ScanWord("true"u8);
                break;
            case 'f':
                ScanWord("false"u8);
                break;
            case 'n':
                ScanWord("null"u8);
                break;
            default:
                ScanNumber();
                break;
        }
    }

    private void BeginArray()
    {
        if (Peek() != '[') throw WrongType("an array");
        Enter();
    }

    private bool NextElement(int count)
    {
        if (!NextEntry((byte)']')) return false;
        _at = _next;
        return count < DocumentLimits.MaxEntries ? true : throw TooMany();
    }

    private void Enter()
    {
        if (++_depth > DocumentLimits.MaxDepth) throw Malformed($"is nested deeper than {DocumentLimits.MaxDepth} levels");
        _next++;
        _isFirst = true;
    }

    /// <summary>Goes to the next entry of the innermost object or array; <see langword="false"/> behind its end.</summary>
    private bool NextEntry(byte end)
    {
        SkipWhitespace();
        int c = Peek();
        if (c == end)
        {
            _next++;
            _depth--;
            _isFirst = false;
            _at = _next;
            return false;
        }
        if (!_isFirst)
        {
            if (c != ',') throw Malformed("a comma is missing");
            _next++;
            SkipWhitespace();
        }
        _isFirst = false;
        return true;
    }

    /// <summary>The next byte; -1 at the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly int Peek() => (uint)_next < (uint)_text.Length ? _text[_next] : -1;

    private void SkipWhitespace()
    {
        ReadOnlySpan<byte> text = _text;
        int i = _next;
        while ((uint)i < (uint)text.Length && text[i] <= ' ' && ((Whitespace >> text[i]) & 1) != 0) i++;
        _next = i;
    }
}
