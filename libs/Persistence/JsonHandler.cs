using System.Data;
using System.Text.Json;
using Dapper;

namespace Jiceng.Persistence;

/// <summary>
/// Reads a JSON column, selected as <c>::text</c>, into a member of a stored record. A store registers it for the types that it keeps as JSON.
/// </summary>
/// <typeparam name="T">Type of the member.</typeparam>
public sealed class JsonHandler<T> : SqlMapper.TypeHandler<T>
{
    /// <inheritdoc/>
    public override T? Parse(object value) => JsonSerializer.Deserialize<T>((string)value);

    /// <inheritdoc/>
    public override void SetValue(IDbDataParameter parameter, T? value) => parameter.Value = JsonSerializer.Serialize(value);
}
